import { statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { banner, inRed, warningsOf } from './banner.ts';
import { type Config, UsageError } from './config.ts';
import { type DataPaths, openData, openLog } from './data.ts';
import { acquireLock, type DirectoryLock } from './directory-lock.ts';
import { Edge } from './edge.ts';
import { issuersFrom } from './issuers.ts';
import { Owner } from './owner.ts';
import { choosePort, isTaken, lastPort, rememberPort } from './ports.ts';
import { type ProcessRef, signal } from './processes.ts';
import { Runner, requestStop } from './runner.ts';
import { openSecrets } from './secrets.ts';
import { type Ending, listen, within } from './signals.ts';
import { waitForHost } from './wait-for-host.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Together under 5 s, in this order: agents and their runner, then the server. */
const RUNNER_STOP_MS = 4200;
const EDGE_STOP_MS = 500;
/** How often another port is tried when somebody took the one that was chosen. */
const PORT_TRIES = 5;

const urlOf = (host: string, port: number) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A host that listens everywhere is reached here by loopback. */
const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** One run on one data directory, and what it has started so far. */
export class LocalMode {
  readonly #config: Config;
  readonly #paths: DataPaths;
  readonly #hold: DirectoryLock;
  readonly #issuers: string;
  #edge: Edge | null = null;
  #runner: Runner | null = null;
  /** Resolves with why, when what was started cannot go on. */
  readonly #broken = Promise.withResolvers<{ readonly error: unknown }>();

  private constructor(config: Config, issuers: string, paths: DataPaths, hold: DirectoryLock) {
    this.#issuers = issuers;
    this.#config = config;
    this.#paths = paths;
    this.#hold = hold;
  }

  /** @throws UsageError when another process has the data directory, or a file that a flag names is no good */
  static async open(config: Config): Promise<LocalMode> {
    const missing = config.roots.find((root) => !statSync(root, { throwIfNoEntry: false })?.isDirectory());
    if (missing !== undefined) throw new UsageError(`--root ${missing} is not a directory`);
    const issuers = issuersFrom(config.issuers);
    const paths = openData(config.data);
    const { hold, runner } = await acquireLock(paths.running);
    // A new runner takes over the agents of one whose server crashed.
    if (runner !== null) signal(runner, 'SIGKILL');
    return new LocalMode(config, issuers, paths, hold);
  }

  /** Starts everything, tells where it is, and ends on a signal. Resolves to the exit code. */
  async run(): Promise<number> {
    const signals = listen();
    const failed = this.#start().then(
      () => this.#broken.promise,
      (error: unknown) => ({ error }),
    );
    const end = await Promise.race([signals.ended, failed]);
    const { runner, keepAgents } = this.#config;
    if (end === 'asked' && runner && !keepAgents) requestStop(this.#paths.runner);
    const why = typeof end === 'string' ? end : 'asked';
    await Promise.race([this.#stop(why), signals.forced]);
    this.#sweep(why);
    if (typeof end === 'object') throw end.error;
    return 0;
  }

  async #start(): Promise<void> {
    const { key } = openSecrets(this.#paths.secrets);
    const { edge, port } = await this.#startEdge(key);
    const url = urlOf(reachable(this.#config.host), port);
    rememberPort(this.#paths.place, port);
    const owner = new Owner(key, edge.team);
    const token = await owner.signIn(url, Date.now());
    const hostId = this.#config.runner ? await this.#startRunner(url, owner, token) : null;
    this.#hold.update({ state: 'running', url, team: owner.team });
    await this.#printBanner(url, owner, token, hostId);
  }

  /** A port is chosen before the server takes it, and another may come between: then it is chosen again. */
  async #startEdge(key: string): Promise<{ readonly edge: Edge; readonly port: number }> {
    const { host, port: asked } = this.#config;
    for (let left = PORT_TRIES; ; left -= 1) {
      const port = await choosePort(asked, lastPort(this.#paths.place), host);
      const edge = this.#makeEdge(port, key);
      this.#edge = edge;
      try {
        await edge.ready();
        return { edge, port };
      } catch (error) {
        if (left === 1 || !(await isTaken(port, host))) throw error;
      }
      await within(EDGE_STOP_MS, edge.stop());
    }
  }

  #makeEdge(port: number, key: string): Edge {
    const log = openLog(this.#paths.serverLog);
    return new Edge({
      root: ROOT,
      host: this.#config.host,
      port,
      url: urlOf(reachable(this.#config.host), port),
      state: this.#paths.state,
      key,
      issuers: this.#issuers,
      inspect: this.#config.inspect,
      log: (line) => writeSync(this.#config.verbose ? process.stderr.fd : log, `${line}\n`),
      started: (server) => this.#hold.update({ servers: [server] }),
      gaveUp: (error) => this.#broken.resolve({ error }),
    });
  }

  async #startRunner(url: string, owner: Owner, token: string): Promise<string> {
    this.#runner = new Runner({
      command: join(ROOT, 'agent-runner', 'dist', 'cli.js'),
      data: this.#paths.runner,
      url,
      roots: this.#config.roots,
      env: this.#config.env,
      keepAgents: this.#config.keepAgents,
      log: this.#config.verbose ? 'inherit' : openLog(this.#paths.runnerLog),
      enrolToken: (host) => owner.enrolToken(Date.now(), host),
      started: (runner: ProcessRef) => this.#hold.update({ runner }),
    });
    const hostId = await this.#runner.start();
    await waitForHost(url, token, hostId);
    return hostId;
  }

  async #printBanner(url: string, owner: Owner, token: string, hostId: string | null): Promise<void> {
    const link = await owner.link(url, Date.now());
    const warnings = warningsOf(this.#config);
    if (this.#config.json) {
      const line = { url, loginUrl: link, token, team: owner.team, host: hostId };
      for (const text of warnings) process.stderr.write(`${inRed(text, process.stderr)}\n`);
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const { roots, keepAgents, data } = this.#config;
    const host = hostId === null ? null : hostname();
    const linkCommand = this.#config.usualData ? 'npm run link' : `npm run link -- --data ${data}`;
    process.stdout.write(`${banner({ url, link, data, host, roots, keepAgents, linkCommand, warnings })}\n`);
  }

  /** `abandoned`: its parent is gone without a word. It ends as after a crash: the agents go on. */
  async #stop(why: Ending): Promise<void> {
    this.#hold.update({ state: 'stopping' });
    if (why === 'abandoned') return;
    await within(RUNNER_STOP_MS, this.#runner?.stop());
    await within(EDGE_STOP_MS, this.#edge?.stop());
  }

  /** Kills the processes that did not end in time. */
  #sweep(why: Ending): void {
    const { servers, runner } = this.#hold.running;
    for (const server of servers) signal(server, 'SIGKILL');
    if (why === 'abandoned') return;
    if (runner !== undefined) signal(runner, 'SIGKILL');
    this.#hold.release();
  }
}
