import {
  type ProgramState,
  type RestartPolicy,
  type RunCause,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { ProgramEnd } from '../program/program.ts';
import type { RunStep } from './last-run.ts';
import { restartDelay, STEADY_MS } from './restart-delay.ts';

/** Inputs from a person, the runner or the program. `requestId` absent: nobody waits for an answer. */
export type SupervisorInput =
  /** `by`: absent: a person. */
  | { readonly type: 'start'; readonly requestId?: string; readonly by?: RunCause }
  | { readonly type: 'pause' | 'resume'; readonly requestId?: string }
  | { readonly type: 'terminate' | 'restart'; readonly force: boolean; readonly requestId?: string }
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'refused'; readonly error: WireError }
  | { readonly type: 'paused' | 'resumed'; readonly error?: WireError }
  | { readonly type: 'ended'; readonly end: ProgramEnd; readonly reason?: string }
  /** Something of it outlives SIGKILL. */
  | { readonly type: 'unkillable'; readonly error: WireError }
  | { readonly type: 'tick' };

export type SupervisorEffect =
  | { readonly type: 'spawn' | 'pause' | 'resume' }
  | { readonly type: 'terminate'; readonly force: boolean }
  | { readonly type: 'status'; readonly state: ProgramState; readonly run?: RunStep }
  | { readonly type: 'done'; readonly requestId: string; readonly error?: WireError }
  /** P10: whether a later keeper may start it by itself. Written down before the status that it belongs to is sent. */
  | { readonly type: 'wanted'; readonly running: boolean }
  /** Give a `tick` then; null: not any more. */
  | { readonly type: 'timer'; readonly at: number | null };

type Phase =
  | { readonly at: 'down'; readonly restartAt: number | null; readonly failed?: boolean }
  /** `after`: what was asked of it before it was up. */
  | { readonly at: 'starting'; readonly after: 'run' | Ending }
  | { readonly at: 'up'; readonly pid: number; readonly startedAt: number }
  | { readonly at: 'ending'; readonly pid: number; readonly startedAt: number; readonly ending: Ending };
interface Ending {
  readonly again: boolean;
  readonly force: boolean;
}

/** The state that a request waits for: the program runs, is gone, is paused, or was resumed. */
type Awaited = 'run' | 'end' | 'pause' | 'resume';

export interface SupervisorConfig {
  readonly hasProgram: boolean;
  readonly policy: RestartPolicy;
}

/** Between two ends of a program that ends again and again it only looks well. */
const SEEMINGLY_UP: readonly ProgramState['status'][] = ['starting', 'running', 'paused'];

/** The state machine of one agent's program: valid states, restarts, and whom to notify (M2). Pure. */
export class Supervisor {
  config: SupervisorConfig;
  #phase: Phase = { at: 'down', restartAt: null };
  #state: ProgramState;
  #effects: SupervisorEffect[] = [];
  #restarts = 0;
  /** Told as long as it ends soon after each start. */
  #crashes: ProgramState['crashes'];
  readonly #waiters: Record<Awaited, string[]> = { run: [], end: [], pause: [], resume: [] };

  /** `last`: how the program ended, where an earlier keeper knew it. */
  constructor(config: SupervisorConfig, last: ProgramState = { status: 'stopped' }) {
    this.config = config;
    this.#state = last;
  }

  get state(): ProgramState {
    return this.#state;
  }

  /** The policy will start it again. */
  get isRestartDue(): boolean {
    return this.#phase.at === 'down' && this.#phase.restartAt !== null;
  }

  /** `now`: ms since 1970. */
  handle(input: SupervisorInput, now: number): readonly SupervisorEffect[] {
    this.#apply(input, now);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** A changed agent. A restart that its policy no longer asks for is called off (P10). */
  configure(config: SupervisorConfig): readonly SupervisorEffect[] {
    this.config = config;
    const phase = this.#phase;
    if (phase.at === 'down' && phase.restartAt !== null) {
      const stays = config.hasProgram && restartDelay(config.policy, phase.failed ?? false, 0) !== null;
      if (!stays) this.#cancelRestart();
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** The program of a keeper that is dead: nobody saw how it ended. */
  recover(reason: string, now: number): readonly SupervisorEffect[] {
    this.#onExit({ status: 'crashed', reason }, true, now, { type: 'lost', reason });
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #apply(input: SupervisorInput, now: number): void {
    switch (input.type) {
      case 'start':
        return this.#start(input.requestId, input.by);
      case 'pause':
      case 'resume':
        return this.#pauseOrResume(input.type, input.requestId);
      case 'terminate':
      case 'restart':
        return this.#end(input.type === 'restart', input.force, input.requestId);
      case 'started':
        return this.#onStarted(input.pid, now);
      case 'refused':
        return this.#onRefused(input.error);
      case 'paused':
        return this.#onPausedOrResumed('pause', input.error);
      case 'resumed':
        return this.#onPausedOrResumed('resume', input.error);
      case 'ended':
        return this.#onEnded(input.end, input.reason, now);
      case 'unkillable':
        return this.#answer('end', input.error);
      case 'tick':
        // It rings when the restart is due; asking the clock again would wait on for one that was set back.
        if (this.#phase.at === 'down' && this.#phase.restartAt !== null) this.#spawn('policy');
        else if (this.#phase.at === 'up') this.#onSteady();
    }
  }

  #start(requestId: string | undefined, by: RunCause = 'person'): void {
    if (this.#phase.at !== 'down')
      return this.#refuse(requestId, `It cannot be started: it is ${this.#state.status}`);
    if (!this.config.hasProgram)
      return this.#refuse(requestId, 'It cannot be started: this agent has no program');
    this.#resetCrashes();
    this.#addWaiter('run', requestId);
    this.#effects.push({ type: 'wanted', running: true });
    this.#spawn(by);
  }

  #spawn(by: RunCause): void {
    this.#effects.push({ type: 'timer', at: null });
    this.#phase = { at: 'starting', after: 'run' };
    this.#publishStatus({ status: 'starting' }, { type: 'begins', by });
    this.#effects.push({ type: 'spawn' });
  }

  #pauseOrResume(what: 'pause' | 'resume', requestId: string | undefined): void {
    const wanted = what === 'pause' ? 'running' : 'paused';
    if (this.#state.status !== wanted)
      return this.#refuse(requestId, `It cannot be ${what}d: it is ${this.#state.status}`);
    this.#addWaiter(what, requestId);
    this.#effects.push({ type: what });
  }

  #onPausedOrResumed(what: 'pause' | 'resume', error: WireError | undefined): void {
    if (this.#phase.at === 'up' && error === undefined) {
      const { pid, startedAt } = this.#phase;
      const status = what === 'pause' ? 'paused' : 'running';
      if (this.#state.status !== status) this.#publishStatus({ status, pid, startedAt });
    }
    this.#answer(what, error);
  }

  #end(again: boolean, force: boolean, requestId: string | undefined): void {
    const phase = this.#phase;
    if (phase.at === 'down') return this.#endWhileDown(phase.restartAt, again, requestId);
    this.#addWaiter(again ? 'run' : 'end', requestId);
    this.#effects.push({ type: 'wanted', running: again });
    if (phase.at === 'starting') {
      this.#phase = { at: 'starting', after: { again, force } };
      return;
    }
    const { pid, startedAt } = phase;
    if (!again) this.#answer('run', wireError('INVALID_STATE', 'It was stopped before it ran again'));
    const isTerminating = phase.at === 'ending' && (phase.ending.force || !force);
    this.#phase = { at: 'ending', pid, startedAt, ending: { again, force } };
    if (phase.at === 'up') this.#publishStatus({ status: 'stopping', pid, startedAt });
    this.#resetCrashes();
    if (!isTerminating) this.#effects.push({ type: 'terminate', force });
  }

  /** Nothing runs: a restart starts, and a terminate is right only to call off a restart that is due. */
  #endWhileDown(restartAt: number | null, again: boolean, requestId: string | undefined): void {
    if (again) return this.#start(requestId);
    if (restartAt === null)
      return this.#refuse(requestId, `It cannot be stopped: it is ${this.#state.status}`);
    this.#cancelRestart();
    this.#addWaiter('end', requestId);
    this.#answer('end');
  }

  #cancelRestart(): void {
    this.#phase = { at: 'down', restartAt: null };
    this.#effects.push({ type: 'timer', at: null }, { type: 'wanted', running: false });
    const { reason: _, crashes: __, ...state } = this.#state;
    this.#resetCrashes();
    this.#publishStatus(state);
  }

  #onStarted(pid: number, now: number): void {
    if (this.#phase.at !== 'starting') return;
    const { after } = this.#phase;
    this.#phase = { at: 'up', pid, startedAt: now };
    this.#publishStatus({ status: 'running', pid, startedAt: now }, { type: 'up', startedAt: now });
    if (this.#crashes !== undefined) this.#effects.push({ type: 'timer', at: now + STEADY_MS });
    if (after === 'run' || !after.again) this.#answer('run');
    if (after === 'run') return;
    this.#phase = { at: 'ending', pid, startedAt: now, ending: after };
    this.#publishStatus({ status: 'stopping', pid, startedAt: now });
    this.#effects.push({ type: 'terminate', force: after.force });
  }

  #onRefused(error: WireError): void {
    if (this.#phase.at !== 'starting') return;
    this.#phase = { at: 'down', restartAt: null };
    // P10: a start that failed is an end too. Under a policy the next start of its host may try again.
    if (this.config.policy === 'never') this.#effects.push({ type: 'wanted', running: false });
    this.#publishStatus(
      { status: 'crashed', reason: error.message },
      { type: 'ended', reason: error.message },
    );
    this.#answer('run', error);
    this.#answer('end');
  }

  #onEnded(end: ProgramEnd, reason: string | undefined, now: number): void {
    const phase = this.#phase;
    if (phase.at !== 'up' && phase.at !== 'ending') return;
    const asked = phase.at === 'ending';
    const failed = !asked && end.exitCode !== 0;
    const outcome = reason === undefined ? end : { ...end, reason };
    const run: RunStep = { type: 'ended', ...outcome };
    const gone = wireError('INVALID_STATE', 'the program ended');
    this.#answer('pause', gone);
    this.#answer('resume', gone);
    this.#answer('end');
    if (asked) {
      this.#phase = { at: 'down', restartAt: null };
      this.#publishStatus({ status: 'stopped', ...outcome }, run);
      if (phase.ending.again) this.#spawn('person');
      return;
    }
    if (now - phase.startedAt >= STEADY_MS) this.#resetCrashes();
    this.#onExit({ status: failed ? 'crashed' : 'stopped', ...outcome }, failed, now, run);
  }

  /** It is gone by itself: the policy says whether it comes back. */
  #onExit(state: ProgramState, failed: boolean, now: number, run: RunStep): void {
    const delay = this.config.hasProgram ? restartDelay(this.config.policy, failed, this.#restarts) : null;
    if (delay === null) {
      this.#phase = { at: 'down', restartAt: null };
      this.#effects.push({ type: 'wanted', running: false });
      this.#publishStatus(state, run);
      return;
    }
    this.#restarts += 1;
    this.#phase = { at: 'down', restartAt: now + delay, failed };
    const { exitCode, signal } = state;
    this.#crashes = {
      count: this.#restarts,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
    };
    const crashes = { ...this.#crashes, nextTryAt: now + delay };
    const coming = `restarting in ${delay / 1_000} s`;
    const reason = state.reason === undefined ? coming : `${state.reason}; ${coming}`;
    this.#publishStatus({ ...state, reason, crashes }, run);
    this.#effects.push({ type: 'timer', at: now + delay });
  }

  /** It was up for long enough, or a person started or stopped it. */
  #resetCrashes(): void {
    this.#restarts = 0;
    this.#crashes = undefined;
  }

  #onSteady(): void {
    if (this.#crashes === undefined) return;
    this.#resetCrashes();
    const { crashes: _, ...state } = this.#state;
    this.#publishStatus(state);
  }

  #publishStatus(state: ProgramState, run?: RunStep): void {
    const looping = this.#crashes !== undefined && SEEMINGLY_UP.includes(state.status);
    this.#state = looping ? { crashes: this.#crashes, ...state } : state;
    this.#effects.push({ type: 'status', state: this.#state, ...(run === undefined ? {} : { run }) });
  }

  #addWaiter(what: Awaited, requestId: string | undefined): void {
    if (requestId !== undefined) this.#waiters[what].push(requestId);
  }

  #answer(what: Awaited, error?: WireError): void {
    for (const requestId of this.#waiters[what].splice(0)) {
      this.#effects.push({ type: 'done', requestId, ...(error === undefined ? {} : { error }) });
    }
  }

  #refuse(requestId: string | undefined, message: string): void {
    if (requestId === undefined) return;
    this.#effects.push({ type: 'done', requestId, error: wireError('INVALID_STATE', message) });
  }
}
