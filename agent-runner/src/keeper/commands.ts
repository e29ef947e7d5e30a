import {
  type CommandId,
  type SignalName,
  type TerminalSize,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import type { RunningProgram, StartProgram } from '../program/program.ts';
import { Alarm } from './alarm.ts';
import type {
  CommandController,
  CommandControllerDeps,
  CommandOrder,
} from './commands/command-controller.ts';
import { recoverJournal } from './commands/recover-journal.ts';
import { ProgramSlot } from './program-slot.ts';

type CommandsDeps = Omit<CommandControllerDeps, 'slot' | 'alarm'> & {
  readonly startProgram: StartProgram;
  readonly owner: () => OwnerEnvironment;
};

/** An agent's commands. The controller is loaded with the first: most keepers never have one (F11). */
export class Commands {
  readonly #deps: CommandControllerDeps;
  #controller: CommandController | null = null;
  #loading: Promise<CommandController> | null = null;

  constructor(deps: CommandsDeps) {
    this.#deps = {
      ...deps,
      slot: (record, events) => new ProgramSlot(deps.startProgram, record, events, deps.owner),
      alarm: (ring) => new Alarm(ring),
    };
  }

  get isIdle(): boolean {
    return this.#loading === null || (this.#controller?.isIdle ?? false);
  }

  /** When the keeper begins. */
  begin(inherited: boolean): boolean {
    return recoverJournal(this.#deps, inherited);
  }

  /** In the order they come. */
  handle(order: CommandOrder): void {
    if (this.#controller !== null) this.#controller.handle(order);
    else void this.#load().then((desk) => desk.handle(order));
  }

  /** Of an interactive command that runs: what reads its input. */
  reader(commandId: CommandId): RunningProgram | null {
    const command = this.#controller?.running(commandId);
    return command?.isInteractive === true ? command.program : null;
  }

  signal(commandId: CommandId, signal: SignalName): WireError | undefined {
    const program = this.#controller?.running(commandId)?.program ?? null;
    program?.signal(signal);
    return program === null ? wireError('COMMAND_NOT_FOUND', 'This command does not run') : undefined;
  }

  resize(commandId: CommandId, size: TerminalSize): WireError | undefined {
    const command = this.#controller?.running(commandId);
    if (command?.isInteractive !== true) return wireError('COMMAND_NOT_FOUND', 'This command does not run');
    command.resize(size);
    return undefined;
  }

  /** The stream may be numbered anew. */
  followEpoch(): void {
    this.#controller?.followEpoch();
  }

  shutDown(force: boolean): void {
    if (this.#loading !== null) void this.#load().then((controller) => controller.shutDown(force));
  }

  #load(): Promise<CommandController> {
    this.#loading ??= import('./commands/command-controller.ts').then(({ CommandController: Loaded }) => {
      this.#controller = new Loaded(this.#deps);
      return this.#controller;
    });
    return this.#loading;
  }
}
