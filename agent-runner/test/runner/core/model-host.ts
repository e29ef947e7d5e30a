import {
  type AgentUid,
  MessageIdSchema,
  type Placement,
  type ProgramState,
  type RunnerMessage,
  type ToRunnerMessage,
  wireError,
} from '@muster/protocol';
import {
  type Action,
  type Effect,
  handle,
  newRunner,
  type Outcome,
  type RunnerEvent,
} from '../../../src/runner/core/index.ts';
import { HOST } from './specs.ts';

type ListedAgent = Extract<ToRunnerMessage, { type: 'lobby:welcome' }>['payload']['agents'][number];

interface ModelKeeper {
  readonly generation: number;
  linked: boolean;
  state: ProgramState;
}
interface Pending {
  readonly agentUid: AgentUid;
  readonly step: number;
  readonly action: Action;
}

const FAILURE = wireError('INTERNAL_ERROR', 'it failed');
const RUNNING: ProgramState = { status: 'running', pid: 7, startedAt: 70 };
const MANY = 10_000;

/** A host that carries out what the real core decides: its files and processes are maps, and each action takes until it is finished. */
export class ModelHost {
  now = 1_000_000;
  readonly files = new Map<AgentUid, { placement: Placement; isStopped: boolean }>();
  readonly keepers = new Map<AgentUid, ModelKeeper>();
  readonly sent: RunnerMessage[] = [];
  readonly logged: string[] = [];
  readonly archived: string[] = [];
  readonly timers = new Map<AgentUid, number>();
  pending: Pending[] = [];
  isStopped = false;
  /** The program cannot be started. */
  refusesStarts = false;
  readonly runner = newRunner();

  recover(unreadable: readonly AgentUid[] = []): void {
    const agents = new Map<AgentUid, Placement | null>(
      [...this.files].map(([agentUid, { placement }]) => [agentUid, placement]),
    );
    for (const agentUid of unreadable) agents.set(agentUid, null);
    this.handle({ type: 'recovered', agents });
  }

  connect(): void {
    this.handle({ type: 'link-opened', host: HOST });
  }

  message(message: ToRunnerMessage): void {
    this.handle({ type: 'lobby-message', message });
  }

  welcome(agents: readonly ListedAgent[]): void {
    this.message({ type: 'lobby:welcome', payload: { agents: [...agents] } });
  }

  place(placement: Placement, requestId: string): void {
    const id = MessageIdSchema.parse(requestId);
    this.message({ type: 'agent:place', payload: { ...placement, requestId: id } });
  }

  remove(agentUid: AgentUid, requestId: string): void {
    const id = MessageIdSchema.parse(requestId);
    this.message({ type: 'agent:remove', payload: { agentUid, requestId: id } });
  }

  handle(event: RunnerEvent): void {
    for (const effect of handle(this.runner, event, { now: this.now })) this.perform(effect);
  }

  /** What is awaited, in order: `adopt`, `ask start`. */
  get actions(): string[] {
    return this.pending.map(({ action }) =>
      action.type === 'ask' ? `ask ${action.request.do}` : action.type,
    );
  }

  /** Finishes the action that has waited longest. */
  finish(at = 0): string | undefined {
    return this.settle(at, (agentUid, action) => this.act(agentUid, action));
  }

  /** It fails, and nothing of it happened. */
  failNext(at = 0): string | undefined {
    return this.settle(at, (agentUid) => ({
      type: 'failed',
      error: FAILURE,
      cause: new Error('it failed'),
      hasFiles: this.files.has(agentUid),
    }));
  }

  /** Everything that is asked for happens, and time goes by until nothing more is due. */
  run(): string[] {
    const done: string[] = [];
    for (let round = 0; round < MANY; round += 1) {
      const action = this.finish();
      if (action !== undefined) done.push(action);
      else if (!this.ring()) return done;
    }
    throw new Error('the runner does not come to rest');
  }

  /** The next timer is due. */
  ring(): boolean {
    const [next] = [...this.timers].sort(([, a], [, b]) => a - b);
    if (next === undefined) return false;
    const [agentUid, at] = next;
    this.timers.delete(agentUid);
    this.now = Math.max(this.now, at);
    this.handle({ type: 'timer', agentUid });
    return true;
  }

  /** A keeper is killed; or its room refused it, and it archived its agent. */
  endKeeper(agentUid: AgentUid, how: 'killed' | 'refused' = 'killed'): void {
    if (!this.keepers.delete(agentUid)) return;
    if (how === 'refused') this.files.delete(agentUid);
    this.handle({ type: 'keeper-closed', agentUid, hasFiles: this.files.has(agentUid) });
  }

  link(agentUid: AgentUid, linked: boolean): void {
    const keeper = this.keepers.get(agentUid);
    if (keeper === undefined || keeper.linked === linked) return;
    keeper.linked = linked;
    this.handle({ type: 'keeper-linked', agentUid, linked });
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.sent.push(effect.message);
        return;
      case 'perform':
        this.pending.push(effect);
        return;
      case 'set-timer':
        if (effect.at === null) this.timers.delete(effect.agentUid);
        else this.timers.set(effect.agentUid, effect.at);
        return;
      case 'log':
        this.logged.push(effect.message);
        return;
      case 'stopped':
        this.isStopped = true;
    }
  }

  private settle(at: number, act: (agentUid: AgentUid, action: Action) => Outcome): string | undefined {
    const named = this.actions[at];
    const [pending] = this.pending.splice(at, 1);
    if (pending === undefined) return undefined;
    const { agentUid, step, action } = pending;
    const outcome = act(agentUid, action);
    this.handle({ type: 'performed', agentUid, step, outcome });
    return named;
  }

  private act(agentUid: AgentUid, action: Action): Outcome {
    const files = this.files.get(agentUid);
    switch (action.type) {
      case 'check':
        return { type: 'done' };
      case 'save':
        return this.save(agentUid, action);
      case 'archive':
        if (files !== undefined) this.archived.push(`${agentUid} ${files.placement.generation}`);
        this.files.delete(agentUid);
        return { type: 'done' };
      case 'discard':
        this.files.delete(agentUid);
        return { type: 'done' };
      case 'adopt':
        if (!this.keepers.has(agentUid)) return { type: 'absent', hasFiles: files !== undefined };
        return this.report(agentUid);
      case 'spawn':
        return this.spawn(agentUid, action.start);
      case 'ask':
        return this.ask(agentUid, action.request.do);
      case 'end':
        this.endKeeper(agentUid);
        return { type: 'ended', isStopped: files?.isStopped ?? false };
    }
  }

  private save(agentUid: AgentUid, { placement, stopped }: Extract<Action, { type: 'save' }>): Outcome {
    const before = this.files.get(agentUid);
    if (before !== undefined && before.placement.generation > placement.generation)
      throw new Error(`[N2] generation ${placement.generation} over ${before.placement.generation}`);
    this.files.set(agentUid, { placement, isStopped: stopped || (before?.isStopped ?? false) });
    return { type: 'done' };
  }

  private spawn(agentUid: AgentUid, start: boolean): Outcome {
    const files = this.files.get(agentUid);
    if (this.keepers.has(agentUid)) throw new Error('[P3] a second keeper');
    if (files === undefined) return { type: 'failed', error: FAILURE, hasFiles: false };
    const starts = start && !files.isStopped;
    const { generation } = files.placement;
    this.keepers.set(agentUid, {
      generation,
      linked: false,
      state: starts ? RUNNING : { status: 'stopped' },
    });
    return this.report(agentUid);
  }

  private ask(agentUid: AgentUid, request: 'status' | 'start' | 'place'): Outcome {
    const keeper = this.keepers.get(agentUid);
    if (keeper === undefined) return { type: 'failed', error: FAILURE, hasFiles: this.files.has(agentUid) };
    if (request !== 'start') return this.report(agentUid);
    if (this.refusesStarts) return { ...this.report(agentUid), error: wireError('AGENT_SPAWN_FAILED', 'no') };
    keeper.state = RUNNING;
    return this.report(agentUid);
  }

  private report(agentUid: AgentUid): Extract<Outcome, { type: 'report' }> {
    const keeper = this.keepers.get(agentUid);
    if (keeper === undefined) throw new Error('no keeper reports');
    const isStopped = this.files.get(agentUid)?.isStopped ?? false;
    return { type: 'report', report: { state: keeper.state, linked: keeper.linked, isStopped } };
  }
}
