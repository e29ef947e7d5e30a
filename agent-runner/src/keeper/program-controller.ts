import {
  type AgentSpec,
  type ProgramState,
  type Run,
  type SignalName,
  type StreamEvent,
  type TerminalSize,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { ProgramEnd, RunningProgram } from '../program/program.ts';
import { DEFAULT_TERMINAL } from '../program/start.ts';
import { Alarm } from './alarm.ts';
import type { KeeperDeps } from './deps.ts';
import { type RunStep, Runs } from './last-run.ts';
import { ProgramSlot, type SlotEvents } from './program-slot.ts';
import { Supervisor, type SupervisorEffect, type SupervisorInput } from './supervisor.ts';

type ProgramControllerDeps = Pick<
  KeeperDeps,
  'placement' | 'startProgram' | 'record' | 'lastRun' | 'roots' | 'owner' | 'lastState' | 'now' | 'log'
>;

export interface ProgramPorts {
  output(stream: number, data: Uint8Array): void;
  /** The program's output has ended. */
  exited(): void;
  emit(event: StreamEvent): void;
  /** P7: rows of its terminal that hold something now; undefined where that is not known. */
  rowsUsed(): number | undefined;
  answer(requestId: string, error: WireError | undefined): void;
  /** P10: writes down whether a later keeper may start it by itself. False: the disk took nothing. */
  recordWanted(running: boolean, ended: ProgramState | null): boolean;
  /** Why this keeper is shutting down; undefined: it is not. */
  shutdownReason(): string | undefined;
  /** All effects of an input have been performed. */
  changed(): void;
}

/** An agent's program: applies the supervisor's effects to the program's slot, and reports events back to the supervisor. */
export class ProgramController {
  readonly #deps: ProgramControllerDeps;
  readonly #ports: ProgramPorts;
  readonly #supervisor: Supervisor;
  readonly #runs: Runs;
  readonly #slot: ProgramSlot;
  readonly #alarm = new Alarm(() => this.supervise({ type: 'tick' }));
  #spec: AgentSpec;
  /** Nothing of the last run is left, but its record (P4) is not cleared yet. */
  #isRecordStale = false;
  /** The value last written to disk (P10). */
  #wanted: 'yes' | 'no' | 'unwritten' | null = null;
  #size: TerminalSize | undefined;

  constructor(deps: ProgramControllerDeps, ports: ProgramPorts) {
    const { spec } = deps.placement;
    this.#deps = deps;
    this.#ports = ports;
    this.#spec = spec;
    this.#size = spec.terminal;
    this.#supervisor = new Supervisor(configOf(spec), deps.lastState ?? undefined);
    this.#runs = new Runs(deps.lastRun);
    const record = {
      save: (text: string) => {
        this.#isRecordStale = false;
        deps.record.save(text);
      },
      clear: () => {
        this.#isRecordStale = true;
      },
    };
    const events: SlotEvents = {
      output: (stream, data) => ports.output(stream, data),
      started: (pid) => this.supervise({ type: 'started', pid }),
      refused: (error) => this.supervise({ type: 'refused', error }),
      ended: (end, reason) => this.#ended(end, reason),
      unkillable: (error) => this.supervise({ type: 'unkillable', error }),
    };
    this.#slot = new ProgramSlot(deps.startProgram, record, events, deps.owner);
  }

  get state(): ProgramState {
    return this.#supervisor.state;
  }

  get isGone(): boolean {
    const { status } = this.state;
    return status === 'stopped' || status === 'crashed';
  }

  /** P11: nothing runs, and no restart is due. */
  get isAtRest(): boolean {
    return this.isGone && !this.#supervisor.isRestartDue;
  }

  get spec(): AgentSpec {
    return this.#spec;
  }

  /** The program that reads its input. */
  get running(): RunningProgram | null {
    return this.#slot.running;
  }

  /** A new spec applies at the next start. */
  update(spec: AgentSpec): void {
    this.#spec = spec;
    this.#perform(this.#supervisor.configure(configOf(spec)));
  }

  /** Says how it is when the keeper begins. `lost`: why one that ran is not running any more. */
  begin(lost: string | null): void {
    if (lost === null) this.#ports.emit({ type: 'program:status', ...this.state });
    else {
      this.#isRecordStale = true;
      this.#perform(this.#supervisor.recover(lost, this.#deps.now()));
    }
  }

  supervise(input: SupervisorInput): void {
    this.#perform(this.#supervisor.handle(input, this.#deps.now()));
  }

  /** Ends what runs only when it could be started again now. */
  restart(force: boolean, requestId: string): void {
    const error = this.isGone ? undefined : this.#slot.check(this.#spec, this.#deps.roots());
    if (error === undefined) this.supervise({ type: 'restart', force, requestId });
    else this.#ports.answer(requestId, error);
  }

  signal(signal: SignalName): WireError | undefined {
    if (this.running === null)
      return wireError('INVALID_STATE', `It cannot get a signal: it is ${this.state.status}`);
    this.#slot.signal(signal);
    return undefined;
  }

  resize({ cols, rows }: TerminalSize): WireError | undefined {
    if (this.#spec.kind !== 'terminal')
      return wireError('INVALID_STATE', 'This agent has no terminal, so it has no size');
    if (this.#size?.cols === cols && this.#size.rows === rows) return undefined;
    this.#size = { cols, rows };
    this.running?.resize(this.#size);
    this.#ports.emit({ type: 'program:resized', cols, rows });
    return undefined;
  }

  /** Cancels a pending restart. */
  cancelRestart(): void {
    this.#alarm.set(null, 0);
  }

  #publishStatus(state: ProgramState, step: RunStep | undefined): void {
    const terminal = step?.type === 'begins' ? this.#terminal() : undefined;
    const run = step === undefined ? undefined : this.#runs.follow(step, terminal, this.#deps.now());
    this.#ports.emit({ type: 'program:status', ...state, ...(run === undefined ? {} : { run }) });
  }

  #terminal(): Run['terminal'] {
    if (this.#spec.kind !== 'terminal') return undefined;
    const used = this.#ports.rowsUsed();
    return { ...(this.#size ?? DEFAULT_TERMINAL), ...(used === undefined ? {} : { used }) };
  }

  #ended(end: ProgramEnd, reason: string | undefined): void {
    this.#ports.exited();
    const why = reason ?? this.#ports.shutdownReason();
    this.supervise({ type: 'ended', end, ...(why === undefined ? {} : { reason: why }) });
  }

  #perform(effects: readonly SupervisorEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
    this.#clearRecord();
    this.#ports.changed();
  }

  /**
   * P10: the record that a program ran is cleared only when it is on disk whether it may be started again. Until then,
   * and while a restart is due, the next keeper finds the record and follows the policy.
   */
  #clearRecord(): void {
    if (!this.#isRecordStale || this.#wanted === 'unwritten' || this.#supervisor.isRestartDue) return;
    this.#isRecordStale = false;
    this.#deps.record.clear();
  }

  #recordWanted(running: boolean, ended: ProgramState | null): void {
    const written = this.#ports.recordWanted(running, ended);
    if (running) this.#wanted = 'yes';
    else this.#wanted = written ? 'no' : 'unwritten';
  }

  #performOne(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'spawn':
        void this.#slot.start(this.#spec, this.#deps.roots(), this.#size);
        return;
      case 'pause':
        void this.#slot.pause().then((error) => this.supervise(withError('paused', error)));
        return;
      case 'resume':
        void this.#slot.resume().then((error) => this.supervise(withError('resumed', error)));
        return;
      case 'terminate':
        void this.#slot.terminate(effect.force);
        return;
      case 'status':
        this.#deps.log.info({ program: effect.state }, 'program');
        if (this.#wanted !== 'yes' && this.#wanted !== null && this.isAtRest)
          this.#recordWanted(false, effect.state);
        return this.#publishStatus(effect.state, effect.run);
      case 'done':
        return this.#ports.answer(effect.requestId, effect.error);
      case 'wanted':
        return this.#recordWanted(effect.running, null);
      case 'timer':
        return this.#alarm.set(effect.at, this.#deps.now());
    }
  }
}

const configOf = (spec: AgentSpec) => ({ hasProgram: spec.program !== undefined, policy: spec.restart });

const withError = (type: 'paused' | 'resumed', error: WireError | undefined): SupervisorInput =>
  error === undefined ? { type } : { type, error };
