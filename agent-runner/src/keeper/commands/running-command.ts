import {
  type AgentSpec,
  type CommandId,
  type OutputBytes,
  STREAM,
  type StreamEvent,
  type TerminalSize,
  type ToKeeperMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { ProgramRecordSchema } from '../../program/orphaned-processes.ts';
import { type ProgramEnd, ProgramError, type RunningProgram } from '../../program/program.ts';
import { checkShell, DEFAULT_SHELL, shellProgram } from '../../program/shell.ts';
import { DEFAULT_TERMINAL } from '../../program/start.ts';
import type { Alarm } from '../alarm.ts';
import type { ProgramSlot, RecordFile, SlotEvents } from '../program-slot.ts';
import { asWireError } from '../wire-error.ts';
import { ESCALATIONS, type EscalationStep, type StopKind } from './escalation.ts';
import type { Journal } from './journal.ts';
import { startFailure } from './start-failure.ts';

export type StartOrder = Extract<ToKeeperMessage, { type: 'command:start' }>['payload'];

/** The operations of the slot that a command's program runs in. */
export type CommandSlot = Pick<ProgramSlot, 'running' | 'start' | 'signal' | 'terminate'>;

export interface CommandDeps {
  readonly journal: Journal;
  readonly slot: (record: RecordFile, events: SlotEvents) => CommandSlot;
  readonly alarm: (ring: () => void) => Pick<Alarm, 'set'>;
  /** The agent's as it is now: a command takes its workspace and environment. */
  readonly spec: () => AgentSpec;
  readonly roots: () => readonly string[];
  readonly now: () => number;
  readonly emit: (event: StreamEvent) => void;
  readonly output: (commandId: CommandId, stream: number, data: Uint8Array) => void;
}

/** Q5: on the disk, or it is not started. */
function recordOf(journal: Journal, commandId: CommandId, text: string): void {
  const record = ProgramRecordSchema.parse(JSON.parse(text));
  try {
    journal.begin(commandId, record);
  } catch {
    throw new ProgramError('RESOURCE_EXHAUSTED', 'The disk of its host is full', 'command');
  }
}

/** One command from its journal entry to its last frame (P1, Q5–Q7, R2). */
export class RunningCommand {
  readonly #order: StartOrder;
  readonly #deps: CommandDeps;
  readonly #slot: CommandSlot;
  readonly #onEnd: () => void;
  readonly #timeout: Pick<Alarm, 'set'>;
  readonly #escalation: Pick<Alarm, 'set'>;
  readonly #bytes: { -readonly [K in keyof OutputBytes]: number } = { stdout: 0, stderr: 0 };
  #startedAt: number | null = null;
  #size: TerminalSize = DEFAULT_TERMINAL;
  #stop: { readonly kind: StopKind; readonly since: number; steps: readonly EscalationStep[] } | null = null;
  /** Whether nothing of it is left that the journal would have to find. */
  #cleared = false;

  /** `over`: its end stands in the stream. */
  constructor(order: StartOrder, deps: CommandDeps, over: () => void) {
    this.#order = order;
    this.#deps = deps;
    this.#onEnd = over;
    const { journal } = deps;
    const record = {
      save: (text: string) => recordOf(journal, order.commandId, text),
      clear: () => {
        this.#cleared = true;
      },
    };
    this.#timeout = deps.alarm(() => this.stop('timeout'));
    this.#escalation = deps.alarm(() => this.#escalate());
    this.#slot = deps.slot(record, {
      output: (stream, data) => this.#printed(stream, data),
      started: (pid) => this.#started(pid),
      refused: (error) => this.#ended({}, this.#startFailure(error), true),
      ended: (end, left) =>
        this.#ended(end, left === undefined ? undefined : wireError('INTERNAL_ERROR', left)),
      unkillable: () => {},
    });
  }

  get program(): RunningProgram | null {
    return this.#slot.running;
  }

  get isInteractive(): boolean {
    return this.#order.interactive;
  }

  async start(): Promise<void> {
    const { command, environment, interactive } = this.#order;
    const spec = this.#deps.spec();
    const shell = spec.shell ?? DEFAULT_SHELL;
    try {
      if (spec.shell !== undefined) checkShell(shell);
    } catch (error) {
      this.#cleared = true;
      return this.#ended({}, asWireError(error));
    }
    const own: AgentSpec = {
      ...spec,
      kind: interactive ? 'terminal' : 'process',
      program: shellProgram(shell, command),
      environment: { ...spec.environment, ...environment },
    };
    await this.#slot.start(own, this.#deps.roots(), interactive ? DEFAULT_TERMINAL : undefined, interactive);
  }

  /** Of an interactive command. A size that comes before it runs applies from its start. */
  resize({ cols, rows }: TerminalSize): void {
    if (this.#size.cols === cols && this.#size.rows === rows) return;
    this.#size = { cols, rows };
    if (this.#startedAt !== null) this.#applySize();
  }

  #applySize(): void {
    this.#slot.running?.resize(this.#size);
    this.#deps.emit({ type: 'command:resized', commandId: this.#order.commandId, ...this.#size });
  }

  /** The first reason counts; force may follow any. */
  stop(kind: StopKind): void {
    if (this.#stop !== null && kind !== 'force') return;
    const since = this.#deps.now();
    this.#stop = { kind: this.#stop?.kind ?? kind, since, steps: ESCALATIONS[kind] };
    this.#escalate();
  }

  /** One that is not up yet is dealt with when it is. */
  #escalate(): void {
    if (this.#stop === null || this.#startedAt === null) return;
    const { since, steps } = this.#stop;
    const [next, ...rest] = steps;
    if (next === undefined) return;
    const now = this.#deps.now();
    if (now < since + next.afterMs) return this.#escalation.set(since + next.afterMs, now);
    this.#stop.steps = rest;
    if (next.action === 'interrupt') this.#slot.signal('SIGINT');
    else void this.#slot.terminate(next.action === 'kill');
    this.#escalate();
  }

  #started(pid: number): void {
    const { commandId, timeout } = this.#order;
    const now = this.#deps.now();
    this.#startedAt = now;
    this.#deps.emit({ type: 'command:started', commandId, pid, startedAt: now });
    if (this.#size !== DEFAULT_TERMINAL) this.#applySize();
    if (timeout !== undefined) this.#timeout.set(now + timeout, now);
    if (this.#stop !== null) this.#stop = { ...this.#stop, since: now };
    this.#escalate();
  }

  #printed(stream: number, data: Uint8Array): void {
    this.#bytes[stream === STREAM.stderr ? 'stderr' : 'stdout'] += data.length;
    this.#deps.output(this.#order.commandId, stream, data);
  }

  #startFailure(error: WireError): WireError {
    return startFailure(error, {
      workspace: this.#deps.spec().workspace,
      shell: this.#deps.spec().shell ?? DEFAULT_SHELL,
    });
  }

  /** Emitted first, then journalled: a crash in between emits a spurious COMMAND_LOST, which receivers that know the result ignore. */
  #ended(end: ProgramEnd, error: WireError | undefined, refused = false): void {
    this.#timeout.set(null, 0);
    this.#escalation.set(null, 0);
    const { commandId, timeout } = this.#order;
    const why =
      this.#stop?.kind === 'timeout'
        ? wireError('COMMAND_TIMEOUT', `it ran for more than ${timeout} ms`)
        : error;
    this.#deps.emit({
      type: 'command:ended',
      commandId,
      // One that was refused ended by that, whatever it was told meanwhile.
      interrupted: this.#stop !== null && this.#stop.kind !== 'timeout' && !refused,
      ...end,
      ...(why === undefined ? {} : { error: why }),
      ...(this.#startedAt === null
        ? {}
        : { executionTime: Math.max(0, this.#deps.now() - this.#startedAt), bytes: this.#bytes }),
    });
    if (this.#cleared) this.#deps.journal.finish(commandId);
    this.#onEnd();
  }
}
