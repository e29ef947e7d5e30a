import type { MusterClient } from '@muster/client';
import type { Ack, Commands, TerminalSize, ViewerPayload, ViewerType, WireError } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import { mayReply } from '../terminal/replies.ts';
import type { AgentWatch } from '../terminal/watch.svelte.ts';
import type { CommandRequest } from './draft.ts';
import { CommandOutputs } from './outputs.svelte.ts';
import { moveOf, reordered } from './reorder.ts';

const NONE: Commands = { queue: [], running: [], ended: [] };

/** The error of the last action; `commandId` null: of a new command. */
interface Failure {
  readonly commandId: string | null;
  readonly error: WireError;
}

/** The commands of one agent, as its room sends them, and the actions on them. */
export class CommandController {
  failure = $state.raw<Failure | null>(null);
  readonly outputs: CommandOutputs;
  readonly commands = $derived.by(() => this.#watch.state?.commands ?? NONE);
  /** The queue; while a move is under way, as it will be. */
  readonly queue = $derived.by(() =>
    this.#pendingMove?.of === this.commands.queue ? this.#pendingMove.queue : this.commands.queue,
  );
  readonly waiting = $derived.by(() => this.commands.queue.length);
  #pendingMove = $state.raw<{ readonly of: Commands['queue']; readonly queue: Commands['queue'] } | null>(
    null,
  );
  readonly #own = new Set<string>();
  readonly #watch: AgentWatch;
  readonly #client: MusterClient;

  constructor(client: MusterClient, watch: AgentWatch) {
    this.#client = client;
    this.#watch = watch;
    this.outputs = new CommandOutputs(client, watch.agentId);
    watch.commandOutput = (output) => this.outputs.take(output);
    watch.commandResized = (commandId, { cols, rows }) => this.outputs.sized(commandId, { cols, rows });
  }

  /** Shows all that a command printed that runs: what this page found running may have printed before. */
  look(command: Commands['running'][number]): void {
    if (command.interactive) this.outputs.begin(command.commandId);
    const found = this.#watch.found?.commands?.running ?? [];
    this.outputs.look(command, found.some(({ commandId }) => commandId === command.commandId) ? 1 : 0);
  }

  /** To an interactive command; false: it was not sent, nor kept (I2). */
  type(commandId: Commands['running'][number]['commandId'], data: string | Uint8Array): boolean {
    return this.#watch.inputTo(commandId, data);
  }

  /** X6: what its terminal says by itself. */
  answer(commandId: Commands['running'][number]['commandId'], data: string): void {
    // Replayed output asks for no reply.
    const replaying = this.outputs.reading(commandId) !== null;
    const keeperAnswers = this.#watch.state?.keeperAnswers;
    if (mayReply(data, { replaying, driving: true, keeperAnswers })) this.#watch.answerTo(commandId, data);
  }

  /** B9e: of its terminal. Where that is refused it stays as it is, and is drawn as large as it can be. */
  resize(commandId: Commands['running'][number]['commandId'], size: TerminalSize): void {
    const { agentId } = this.#watch;
    void this.#client.request('agent:resize', { agentId, commandId, ...size }).catch(() => {});
  }

  close(): void {
    this.outputs.close();
  }

  /** True when it was taken. */
  async run(request: CommandRequest): Promise<boolean> {
    const ack = await this.#ask(null, 'command:request', request);
    const id = ack?.result?.['commandId'];
    if (typeof id === 'string') this.#own.add(id);
    return ack !== null;
  }

  /** Whether it was typed on this page. */
  isOwn(commandId: string): boolean {
    return this.#own.has(commandId);
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
    this.#pendingMove = { of, queue: [...reordered(queue, move)] };
    const { position } = move;
    if (!(await this.#request(commandId, 'command:move', { commandId, position }))) this.#pendingMove = null;
  }

  async #request<T extends ViewerType>(
    commandId: string | null,
    type: T,
    payload: ViewerPayload<T>,
  ): Promise<boolean> {
    return (await this.#ask(commandId, type, payload)) !== null;
  }

  /** null: it was refused. */
  async #ask<T extends ViewerType>(
    commandId: string | null,
    type: T,
    payload: ViewerPayload<T>,
  ): Promise<Ack | null> {
    this.failure = null;
    try {
      return await this.#client.request(type, payload);
    } catch (reason) {
      this.failure = { commandId, error: failureOf(reason) };
      return null;
    }
  }
}
