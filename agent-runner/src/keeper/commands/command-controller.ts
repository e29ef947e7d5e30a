import { type CommandId, type Epoch, type ToKeeperMessage, wireError } from '@muster/protocol';
import { type CommandDeps, RunningCommand, type StartOrder } from './running-command.ts';

export type CommandOrder = Extract<ToKeeperMessage, { type: 'command:start' | 'command:interrupt' }>;

export interface CommandControllerDeps extends CommandDeps {
  /** The stream's current epoch. */
  readonly epoch: () => Epoch;
  /** No command runs any more. */
  readonly idle: () => void;
}

/** Q5: handles the room's orders: each command starts at most once, however often an order is repeated. */
export class CommandController {
  readonly #deps: CommandControllerDeps;
  readonly #running = new Map<CommandId, RunningCommand>();
  #isShuttingDown = false;

  constructor(deps: CommandControllerDeps) {
    this.#deps = deps;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  running(commandId: CommandId): RunningCommand | null {
    return this.#running.get(commandId) ?? null;
  }

  handle({ type, payload }: CommandOrder): void {
    this.followEpoch();
    const { commandId, epoch } = payload;
    const { journal } = this.#deps;
    const running = this.#running.get(commandId);
    if (epoch !== journal.epoch) {
      if (running === undefined)
        this.#refuse(commandId, 'COMMAND_LOST', 'its host lost what it had written down, and began anew');
      return;
    }
    if (type === 'command:interrupt') {
      if (running !== undefined) running.stop(payload.force ? 'force' : 'interrupt');
      else if (!journal.knows(commandId)) this.#markNeverStarted(commandId);
      return;
    }
    // The result of a command that it knows is in the stream already.
    if (running !== undefined || journal.knows(commandId)) return;
    if (this.#isShuttingDown)
      return this.#refuse(commandId, 'INVALID_STATE', 'It was not started: its agent was being ended');
    this.#start(payload);
  }

  /** Q5: a new epoch invalidates the commands started in the old one, so they are stopped. */
  followEpoch(): void {
    const { journal } = this.#deps;
    const epoch = this.#deps.epoch();
    if (journal.epoch === epoch) return;
    for (const command of this.#running.values()) command.stop('force');
    journal.startEpoch(epoch);
  }

  /** Stops all commands because their agent ends. */
  shutDown(force: boolean): void {
    this.#isShuttingDown = true;
    for (const command of this.#running.values()) command.stop(force ? 'force' : 'interrupt');
  }

  #start(order: StartOrder): void {
    const { commandId } = order;
    const command = new RunningCommand(order, this.#deps, () => {
      this.#running.delete(commandId);
      if (this.isIdle) this.#deps.idle();
    });
    this.#running.set(commandId, command);
    void command.start();
  }

  #markNeverStarted(commandId: CommandId): void {
    this.#deps.journal.finish(commandId);
    this.#deps.emit({ type: 'command:ended', commandId, interrupted: true });
  }

  #refuse(commandId: CommandId, code: 'COMMAND_LOST' | 'INVALID_STATE', why: string): void {
    const error = wireError(code, why);
    this.#deps.emit({ type: 'command:ended', commandId, interrupted: false, error });
  }
}
