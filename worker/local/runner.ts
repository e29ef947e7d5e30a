import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
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
  /** Descriptor its log goes to, or `inherit` to show it. */
  readonly log: number | 'inherit';
  /** One-time; asked for only when this host is not enrolled there yet. */
  enrolToken(): Promise<string>;
  /** A runner process was started: at first, and again after it died. */
  started(runner: ProcessRef): void;
}

/** What enrolment left behind, as far as it matters here. */
const HostSchema = z.object({ server: z.string(), hostId: z.string(), roots: z.array(z.string()) });

function readHost(data: string): z.infer<typeof HostSchema> | null {
  try {
    return HostSchema.parse(JSON.parse(readFileSync(join(data, 'host.json'), 'utf8')));
  } catch {
    return null;
  }
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((one, i) => one === b[i]);

/** The agent-runner of this machine: enrolled, kept alive, ended. */
export class Runner {
  readonly #config: RunnerConfig;
  #child: ChildProcess | null = null;
  #stopping = false;

  constructor(config: RunnerConfig) {
    this.#config = config;
  }

  #spawn(args: readonly string[]): ChildProcess {
    const { command, log } = this.#config;
    // A session of its own: Ctrl-C in the terminal is for the program that orders the end.
    return spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', log === 'inherit' ? 2 : log, log === 'inherit' ? 2 : log],
      detached: true,
      env: process.env,
    });
  }

  async #command(args: readonly string[]): Promise<void> {
    const [code] = await once(this.#spawn(args), 'exit');
    if (code !== 0) throw new Error(`agent-runner ${args[0]} ended with exit code ${code}`);
  }

  /** Makes this machine a host of the team, unless it is one, and starts its runner. Resolves to the host's id. */
  async start(): Promise<string> {
    const { url, data, roots } = this.#config;
    const known = readHost(data);
    if (known?.server !== url || !sameList(known.roots, roots)) {
      const flags = roots.flatMap((root) => ['--root', root]);
      await this.#command(['enrol', url, await this.#config.enrolToken(), '--data', data, ...flags]);
    }
    void this.#keepAlive();
    return readHost(data)?.hostId ?? '';
  }

  async #keepAlive(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const began = Date.now();
      this.#child = this.#spawn(['run', '--data', this.#config.data]);
      const ref = this.#child.pid === undefined ? null : identify(this.#child.pid);
      if (ref !== null) this.#config.started(ref);
      await once(this.#child, 'exit');
      if (Date.now() - began > WELL_MS) pause = FIRST_PAUSE_MS;
      if (!this.#stopping) await wait(pause);
    }
  }

  /** Ends the runner, with its agents or without. */
  async stop(agents: 'end' | 'keep'): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    if (agents === 'end') await this.#command(['stop', '--data', this.#config.data]);
    child.kill('SIGTERM');
    await exited;
  }
}
