import type { MusterClient } from '@muster/client';
import type { Commands, ViewerPayload, ViewerType, WireError } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import type { AgentWatch } from '../terminal/watch.svelte.ts';
import type { CommandRequest } from './draft.ts';
import { CommandOutputs } from './outputs.svelte.ts';
import { moveOf, reordered } from './reorder.ts';

const NONE: Commands = { queue: [], running: [], ended: [] };

/** What went wrong with the last press; `commandId` null: with a new command. */
interface Failure {
  readonly commandId: string | null;
  readonly error: WireError;
}

/** The commands of one agent, as its room tells them, and what a person can do to them. */
export class CommandDesk {
  failure = $state.raw<Failure | null>(null);
  readonly outputs: CommandOutputs;
  readonly commands = $derived.by(() => this.#watch.state?.commands ?? NONE);
  /** The queue; while a move is under way, as it will be. */
  readonly queue = $derived.by(() =>
    this.#moved?.of === this.commands.queue ? this.#moved.queue : this.commands.queue,
  );
  readonly waiting = $derived.by(() => this.commands.queue.length);
  #moved = $state.raw<{ readonly of: Commands['queue']; readonly queue: Commands['queue'] } | null>(null);
  readonly #watch: AgentWatch;
  readonly #client: MusterClient;

  constructor(client: MusterClient, watch: AgentWatch) {
    this.#client = client;
    this.#watch = watch;
    this.outputs = new CommandOutputs(client, watch.agentId);
    watch.commandOutput = (output) => this.outputs.take(output);
  }

  /** Shows all that a command printed that runs: what this page found running may have printed before. */
  look(command: Commands['running'][number]): void {
    const found = this.#watch.found?.commands?.running ?? [];
    this.outputs.look(command, found.some(({ commandId }) => commandId === command.commandId) ? 1 : 0);
  }

  close(): void {
    this.outputs.close();
  }

  /** True when it was taken. */
  run(request: CommandRequest): Promise<boolean> {
    return this.#request(null, 'command:request', request);
  }

  /** The second press does not wait for the program to be polite. */
  stop(commandId: Commands['running'][number]['commandId'], force: boolean): Promise<boolean> {
    return this.#request(commandId, 'command:interrupt', { commandId, ...(force ? { force } : {}) });
  }

  cancel(commandId: Commands['queue'][number]['commandId']): Promise<boolean> {
    return this.#request(commandId, 'command:cancel', { commandId });
  }

  edit(commandId: Commands['queue'][number]['commandId'], command: string): Promise<boolean> {
    return this.#request(commandId, 'command:edit', { commandId, command });
  }

  again(commandId: Commands['ended'][number]['commandId']): Promise<boolean> {
    return this.#request(commandId, 'command:retry', { commandId });
  }

  /** Shown at once; taken back if the room refuses it. */
  async move(from: number, to: number): Promise<void> {
    const { queue } = this;
    const commandId = queue[from]?.commandId;
    const move = moveOf(queue, from, to);
    if (commandId === undefined || move === null) return;
    const of = this.commands.queue;
    this.#moved = { of, queue: [...reordered(queue, move)] };
    const { position } = move;
    if (!(await this.#request(commandId, 'command:move', { commandId, position }))) this.#moved = null;
  }

  async #request<T extends ViewerType>(
    commandId: string | null,
    type: T,
    payload: ViewerPayload<T>,
  ): Promise<boolean> {
    this.failure = null;
    try {
      await this.#client.request(type, payload);
      return true;
    } catch (reason) {
      this.failure = { commandId, error: failureOf(reason) };
      return false;
    }
  }
}
