import type { AgentSpec, AgentUid, Placement, RunnerMessage } from '@muster/protocol';
import type { ControlDone, KeeperStatus } from '../control/messages.ts';
import type { DataDirectory } from '../host/files.ts';
import type { Log } from '../host/log.ts';
import { Alarm } from '../keeper/alarm.ts';
import { checkLaunch } from '../keeper/launch.ts';
import { asWireError } from '../keeper/wire-error.ts';
import { checkShell } from '../program/shell.ts';
import { resolveWorkspace } from '../program/workspace.ts';
import { type Action, type Effect, handle, newRunner, type Outcome, type RunnerEvent } from './core/index.ts';
import { Keepers } from './keepers.ts';
import type { SpawnKeeper } from './spawn-keeper.ts';

export interface AgentsDeps {
  readonly data: DataDirectory;
  readonly spawn: SpawnKeeper;
  readonly log: Log;
  readonly send: (message: RunnerMessage) => void;
  /** It does something, or has just done it. */
  readonly onActivity: () => void;
}

/** The agents of this host. The shell of the runner's core: it reads files, reaches keepers and keeps time. */
export class Agents {
  readonly #deps: AgentsDeps;
  readonly #keepers: Keepers;
  readonly #core = newRunner();
  readonly #events: RunnerEvent[] = [];
  readonly #timers = new Map<AgentUid, Alarm>();
  #isHandling = false;
  #stopped: () => void = () => {};

  constructor(deps: AgentsDeps) {
    this.#deps = deps;
    this.#keepers = new Keepers({
      ...deps,
      onLinkChange: (agentUid, linked) => this.handle({ type: 'keeper-linked', agentUid, linked }),
      onClose: (agentUid) =>
        this.handle({ type: 'keeper-closed', agentUid, hasFiles: this.#hasFiles(agentUid) }),
    });
  }

  /** P3: works without a server too. */
  recover(): void {
    const { data, log } = this.#deps;
    const found = new Map<AgentUid, Placement | null>();
    for (const agentUid of data.agents()) {
      try {
        const placement = data.agent(agentUid).placement();
        if (placement !== null) found.set(agentUid, placement);
      } catch (error) {
        log.error({ agentUid, err: error }, 'an agent whose spec.json cannot be read is left alone');
        found.set(agentUid, null);
      }
    }
    this.handle({ type: 'recovered', agents: found });
  }

  /** Resolves when nothing is left to do; unless `endAgents` the keepers go on. */
  async stop(options: { readonly endAgents: boolean }): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    this.handle({ type: 'stop', ...options });
    await stopped;
    this.#keepers.detach();
  }

  /** An event that comes while another is handled waits for its effects. */
  handle(event: RunnerEvent): void {
    this.#events.push(event);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#deps.onActivity();
        for (const effect of handle(this.#core, next, { now: Date.now() })) this.#perform(effect);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  #perform(effect: Effect): void {
    const { log, send } = this.#deps;
    switch (effect.type) {
      case 'send':
        return send(effect.message);
      case 'log':
        return log[effect.level](effect.details, effect.message);
      case 'set-timer':
        return this.#setTimer(effect.agentUid, effect.at);
      case 'stopped':
        return this.#stopped();
      case 'perform': {
        const { agentUid, step, action } = effect;
        void this.#outcome(agentUid, action).then((outcome) =>
          this.handle({ type: 'performed', agentUid, step, outcome }),
        );
      }
    }
  }

  async #outcome(agentUid: AgentUid, action: Action): Promise<Outcome> {
    try {
      return await this.#act(agentUid, action);
    } catch (cause) {
      return { type: 'failed', error: asWireError(cause), cause, hasFiles: this.#hasFiles(agentUid) };
    }
  }

  async #act(agentUid: AgentUid, action: Action): Promise<Outcome> {
    const { data } = this.#deps;
    const directory = data.agent(agentUid);
    switch (action.type) {
      case 'check':
        this.#check(action.spec);
        return { type: 'done' };
      case 'save':
        directory.savePlacement(action.placement);
        if (action.stopped) directory.write('stopped', '');
        return { type: 'done' };
      case 'archive':
        data.archive(agentUid, action.generation, action.at);
        return { type: 'done' };
      case 'discard':
        directory.removeAll();
        return { type: 'done' };
      case 'adopt': {
        const status = await this.#keepers.adopt(agentUid);
        return status === null
          ? { type: 'absent', hasFiles: this.#hasFiles(agentUid) }
          : this.#report(agentUid, { status });
      }
      case 'spawn':
        return this.#report(agentUid, { status: await this.#keepers.spawn(agentUid, action) });
      case 'ask':
        return this.#report(agentUid, await this.#keepers.ask(agentUid, action.request));
      case 'end':
        await this.#keepers.end(agentUid, action.reason, action);
        return { type: 'ended', isStopped: directory.read('stopped') !== null };
    }
  }

  #report(
    agentUid: AgentUid,
    { status, error }: { status: KeeperStatus; error?: ControlDone['error'] },
  ): Outcome {
    const { state, linked } = status;
    const isStopped = this.#deps.data.agent(agentUid).read('stopped') !== null;
    return {
      type: 'report',
      report: { state, linked, isStopped },
      ...(error === undefined ? {} : { error }),
    };
  }

  /** @throws ProgramError when this host cannot run it, as far as can be seen */
  #check(spec: AgentSpec): void {
    const { roots } = this.#deps.data.host();
    resolveWorkspace(spec.workspace, roots);
    if (spec.shell !== undefined) checkShell(spec.shell);
    const owner = this.#deps.data.environment();
    if (spec.program !== undefined && spec.autostart && owner !== null) checkLaunch(spec, roots, owner);
  }

  /** A placement that cannot be read is there all the same. */
  #hasFiles(agentUid: AgentUid): boolean {
    try {
      return this.#deps.data.agent(agentUid).placement() !== null;
    } catch {
      return true;
    }
  }

  /** `at`: ms since 1970; null: not any more. */
  #setTimer(agentUid: AgentUid, at: number | null): void {
    const timer = this.#timers.get(agentUid) ?? new Alarm(() => this.#timerDue(agentUid));
    timer.set(at, Date.now());
    if (at === null) this.#timers.delete(agentUid);
    else this.#timers.set(agentUid, timer);
  }

  #timerDue(agentUid: AgentUid): void {
    this.#timers.delete(agentUid);
    this.handle({ type: 'timer', agentUid });
  }
}
