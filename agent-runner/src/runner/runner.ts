import { CLOSE, decodeToRunner, encodeMessage, type HostFacts } from '@muster/protocol';
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

/** This host's socket to the lobby, and its agents. */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #agents: Agents;
  readonly #link: Link;
  readonly #dialOptions: ReturnType<typeof dialOptions>;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#agents = new Agents({
      ...deps,
      send: (message) => this.#link.sendText(encodeMessage(message)),
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
        opened: () => this.#introduce(),
        text: (text) => this.#handleMessage(text),
        lost: () => this.#agents.handle({ type: 'link-lost' }),
        refused: () => {},
        rejected: (code, reason) => this.#handleRejection(code, reason),
      },
    );
  }

  /** Works without a server too: the keepers come up, and their spools fill. */
  start(): void {
    this.#link.dial();
    this.#agents.recover();
  }

  async stop(options: { readonly endAgents: boolean }): Promise<void> {
    await this.#agents.stop(options);
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

  #introduce(): void {
    const { data, facts } = this.#deps;
    const { hostId } = data.host();
    this.#agents.handle({ type: 'link-opened', host: { hostId, version: RUNNER_VERSION, facts } });
  }

  #handleMessage(text: string): void {
    const decoded = decodeToRunner(text);
    if (decoded.ok) this.#agents.handle({ type: 'lobby-message', message: decoded.value.message });
    else this.#deps.log.warn({ error: decoded.error.error.message }, 'the lobby said something unknown');
  }
}
