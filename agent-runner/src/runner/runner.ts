import {
  type AgentUid,
  CLOSE,
  decodeToRunner,
  encodeMessage,
  type HostFacts,
  type RunnerMessage,
  type ToRunnerMessage,
} from '@muster/protocol';
import { dialOptions } from '../host/dial-options.ts';
import type { DataDirectory } from '../host/files.ts';
import type { Log } from '../host/log.ts';
import { RUNNER_VERSION } from '../host/version.ts';
import { Link, WAIT_CODES } from '../link/link.ts';
import { Agents } from './agents.ts';
import type { SpawnKeeper } from './spawn-keeper.ts';

const PATH = '/ws/runner';

export interface RunnerDeps {
  readonly data: DataDirectory;
  readonly facts: HostFacts;
  readonly spawn: SpawnKeeper;
  readonly log: Log;
  /** It does something, or has just done it. */
  readonly onActivity: () => void;
}

/** The lobby's hand on this host: one socket, and the keepers. The shell: it passes on and answers. */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #agents: Agents;
  readonly #link: Link;
  readonly #dialOptions: ReturnType<typeof dialOptions>;
  #welcomed = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#agents = new Agents({
      ...deps,
      healthy: (agentUid, healthy) => this.#sendHealth(agentUid, healthy),
    });
    this.#dialOptions = dialOptions(deps.data, PATH);
    this.#link = new Link(
      {
        ...this.#dialOptions,
        finalCodes: new Set(),
        waitAfter: WAIT_CODES,
        random: Math.random,
      },
      {
        opened: () => this.#hello(),
        text: (text) => this.#handleMessage(text),
        lost: () => {
          this.#welcomed = false;
        },
        refused: () => {},
        rejected: (code, reason) => this.#handleRejection(code, reason),
      },
    );
  }

  /** Works without a server too: the keepers come up, and their spools fill. */
  async start(): Promise<void> {
    this.#link.dial();
    await this.#agents.recover();
  }

  async stop(options: { readonly stopAgents: boolean }): Promise<void> {
    if (options.stopAgents) await this.#agents.endAll('the agent-runner was stopped');
    this.#agents.detach();
    await this.#link.close(500);
  }

  /** X4: its programs go on, and what they print is kept; only a person can bring it back. */
  #handleRejection(code: number, reason: string): void {
    const { log, data } = this.#deps;
    if (code !== CLOSE.revoked) {
      log.warn({ code, reason }, 'the server does not take this host: is it enrolled, is its clock right?');
      return;
    }
    log.error({}, 'this host was revoked: enroll it again; until then nobody is dialled');
    data.onEnrolled(this.#dialOptions.signedWith(), () => this.#link.retryNow());
  }

  #hello(): void {
    const { data, facts } = this.#deps;
    const agents = this.#agents.list();
    const payload = { hostId: data.host().hostId, version: RUNNER_VERSION, facts, agents };
    this.#send({ type: 'runner:hello', payload });
  }

  #handleMessage(text: string): void {
    const decoded = decodeToRunner(text);
    if (!decoded.ok) {
      this.#deps.log.warn({ error: decoded.error.error.message }, 'the lobby said something unknown');
      return;
    }
    this.#deps.onActivity();
    this.#dispatch(decoded.value.message)
      .catch((error: unknown) => {
        this.#deps.log.error(
          { err: error, message: decoded.value.message.type },
          'what the lobby asked failed',
        );
      })
      .finally(() => this.#deps.onActivity());
  }

  async #dispatch(message: ToRunnerMessage): Promise<void> {
    switch (message.type) {
      case 'lobby:welcome':
        this.#welcomed = true;
        for (const { agentUid, healthy } of this.#agents.list()) this.#sendHealth(agentUid, healthy);
        return this.#agents.welcome(message.payload.agents);
      case 'agent:place': {
        const { requestId, spec, generation } = message.payload;
        const placed = await this.#agents.place({ spec, generation });
        const payload = { requestId, agentUid: spec.agentUid, generation, ...placed };
        this.#send({ type: 'agent:placed', payload });
        // The lobby assumes that a placed agent is healthy, so its link's state follows.
        const linked = this.#agents.linkOf(spec.agentUid);
        if (linked !== null) this.#sendHealth(spec.agentUid, linked);
        return;
      }
      case 'agent:remove': {
        const { requestId, agentUid } = message.payload;
        await this.#agents.remove(agentUid);
        return this.#send({ type: 'agent:removed', payload: { requestId, agentUid } });
      }
    }
  }

  #sendHealth(agentUid: AgentUid, healthy: boolean): void {
    if (this.#welcomed) this.#send({ type: 'keeper:link', payload: { agentUid, healthy } });
  }

  #send(message: RunnerMessage): void {
    this.#link.sendText(encodeMessage(message));
  }
}
