import {
  type CommandId,
  type SignalName,
  type TerminalSize,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { RunningProgram } from '../program/program.ts';
import type { CommandDesk, CommandOrder, DeskDeps } from './commands/desk.ts';

/** An agent's commands. What runs them is loaded with the first: most keepers never have one (F11). */
export class Commands {
  readonly #deps: DeskDeps;
  #desk: CommandDesk | null = null;
  #loading: Promise<CommandDesk> | null = null;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  get isIdle(): boolean {
    return this.#loading === null || (this.#desk?.isIdle ?? false);
  }

  /**
   * When the keeper begins. `inherited`: the stream goes on in an epoch of an earlier process. What that had started is
   * ended by now (P4), and nobody saw how. False: its journal is lost, and with it which commands were started.
   */
  begin(inherited: boolean): boolean {
    const { journal, epoch, emit } = this.#deps;
    if (inherited && journal.epoch !== epoch()) return false;
    const error = wireError('COMMAND_LOST', 'nobody saw what became of it: the keeper was killed');
    for (const [commandId] of journal.unfinished()) {
      if (inherited) emit({ type: 'command:ended', commandId, interrupted: false, error });
      journal.finish(commandId);
    }
    if (!inherited) journal.follow(epoch());
    return true;
  }

  /** In the order they come. */
  take(order: CommandOrder): void {
    if (this.#desk !== null) this.#desk.take(order);
    else void this.#load().then((desk) => desk.take(order));
  }

  /** Of an interactive command that runs: what reads its input. */
  reader(commandId: CommandId): RunningProgram | null {
    const command = this.#desk?.running(commandId);
    return command?.isInteractive === true ? command.program : null;
  }

  signal(commandId: CommandId, signal: SignalName): WireError | undefined {
    const program = this.#desk?.running(commandId)?.program ?? null;
    program?.signal(signal);
    return program === null ? wireError('COMMAND_NOT_FOUND', 'commandId: it does not run') : undefined;
  }

  resize(commandId: CommandId, size: TerminalSize): WireError | undefined {
    this.reader(commandId)?.resize(size);
    return undefined;
  }

  /** The stream may be numbered anew. */
  follow(): void {
    this.#desk?.follow();
  }

  leave(force: boolean): void {
    if (this.#loading !== null) void this.#load().then((desk) => desk.leave(force));
  }

  #load(): Promise<CommandDesk> {
    this.#loading ??= import('./commands/desk.ts').then(({ CommandDesk: Desk }) => {
      this.#desk = new Desk(this.#deps);
      return this.#desk;
    });
    return this.#loading;
  }
}
