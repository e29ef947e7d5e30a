import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ALLOCATOR } from '../../agent-runner/src/host/allocator.ts';
import { DataDirectory } from '../../agent-runner/src/host/files.ts';
import { identify, type ProcessRef } from './processes.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A runner that lived this long was well: the next fault starts at the first pause again. */
const WELL_MS = 60_000;

export interface RunnerConfig {
  /** The agent-runner's built command. */
  readonly command: string;
  /** Its own data directory. */
  readonly data: string;
  readonly url: string;
  readonly roots: readonly string[];
  /** P6; null: as before. */
  readonly env: readonly string[] | null;
  /** Agents go on when it is stopped. */
  readonly keepAgents: boolean;
  /** Descriptor its log goes to, or `inherit` to show it. */
  readonly log: number | 'inherit';
  /** One-time; `host`: the one that this machine is already. */
  enrolToken(host?: string): Promise<string>;
  /** A runner process was started: at first, and again after it died. */
  started(runner: ProcessRef): void;
}

/**
 * P2: all agents of a runner's data directory are meant to end. On disk before anything is ended, where their keepers look
 * when no runner is there to tell them. The next runner removes it.
 */
export function requestStop(data: string): void {
  if (existsSync(data)) new DataDirectory(data).requestStop();
}

/** The agent-runner of this machine: enrolled, kept alive, ended. */
export class Runner {
  readonly #config: RunnerConfig;
  #child: ChildProcess | null = null;
  #stopping = false;

  constructor(config: RunnerConfig) {
    this.#config = config;
  }

  /** `input`: what it reads (X16: no argument, which any account can read), then the end. */
  #spawn(
    args: readonly string[],
    input?: string,
    extra: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const { command, log } = this.#config;
    // A session of its own: Ctrl-C in the terminal is for the program that orders the end.
    const child = spawn(process.execPath, [command, ...args], {
      stdio: [
        input === undefined ? 'ignore' : 'pipe',
        log === 'inherit' ? 2 : log,
        log === 'inherit' ? 2 : log,
      ],
      detached: true,
      env: { ...ALLOCATOR, ...process.env, ...extra },
    });
    // It says by its exit code that it ended before it read.
    child.stdin?.on('error', () => undefined).end(input);
    return child;
  }

  async #run(args: readonly string[], input: string): Promise<void> {
    const [code] = await once(this.#spawn(args, input), 'exit');
    if (code !== 0) throw new Error(`agent-runner ${args[0]} ended with exit code ${code}; its log says why`);
  }

  /** Makes this machine a host of the team, or renews that, and starts its runner. Resolves to the host's id. */
  async start(): Promise<string> {
    const { url, data, roots } = this.#config;
    const directory = new DataDirectory(data);
    const known = directory.knownHost();
    // The same server on another port: told beforehand, so that the host keeps its identity, and so its agents.
    if (known !== null && known.server !== url) directory.saveHost({ ...known, server: url });
    const token = await this.#config.enrolToken(known?.hostId);
    await this.#run(['enroll', url, '--data', data, '--root', ...roots], token);
    void this.#keepAlive();
    return directory.host().hostId;
  }

  async #keepAlive(): Promise<void> {
    const { data, keepAgents, env } = this.#config;
    // X16: values go by its environment; arguments can be read by any account.
    const given = (env ?? []).map((entry) => entry.split(/=(.*)/s));
    const extras = given.flatMap(([name = '']) => ['--env', name]);
    const values = Object.fromEntries(
      given.flatMap(([name = '', value]) => (value === undefined ? [] : [[name, value]])),
    );
    for (let pause = FIRST_PAUSE_MS; !this.#stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const began = Date.now();
      const args = ['run', '--data', data, ...(keepAgents ? [] : ['--stop-agents']), ...extras];
      this.#child = this.#spawn(args, undefined, values);
      const ref = this.#child.pid === undefined ? null : identify(this.#child.pid);
      if (ref !== null) this.#config.started(ref);
      await once(this.#child, 'exit');
      if (Date.now() - began > WELL_MS) pause = FIRST_PAUSE_MS;
      if (!this.#stopping) await wait(pause);
    }
  }

  /** Ends the runner, and its agents unless they are to be kept. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}
