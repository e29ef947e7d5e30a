import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ProcessSchema, signal } from '../../worker/local/processes.ts';
import { Child } from './child.ts';
import { killAll, type Survivor, survivorsOf, TAG } from './survivors.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');

const ReadySchema = z.object({
  url: z.url(),
  loginUrl: z.url(),
  token: z.string(),
  team: z.string(),
  host: z.string().nullable(),
});
export type Ready = z.infer<typeof ReadySchema>;

const RunningSchema = z.object({
  main: z.object({ pid: z.number() }),
  state: z.enum(['starting', 'running', 'stopping']),
  servers: z.array(ProcessSchema),
  runner: z.object({ pid: z.number() }).optional(),
});
type Running = z.infer<typeof RunningSchema>;

export interface MusterOptions {
  /** Beside --json, --data and --port. */
  readonly flags?: readonly string[];
  /** The port that it takes by itself, instead of any free one. Default false. */
  readonly usualPort?: boolean;
  /** Whether agents may run here. Default true. */
  readonly runner?: boolean;
  /** Variables of its environment beside those of the tests. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The script that starts it; that of `npm start` by default. */
  readonly command?: readonly [string, ...string[]];
}

const SCRIPT: readonly [string, ...string[]] = [process.execPath, join(PROJECT, 'scripts', 'start.mjs')];

/** One Muster on a data directory of its own, from `npm start`'s own script. Disposing ends all of it. */
export class Muster implements AsyncDisposable {
  /** Where agents may work, beside the data. */
  readonly directory: string;
  readonly tag = randomUUID();
  readonly #options: MusterOptions;
  #child: Child | null = null;
  #ready: Ready | null = null;

  constructor(options: MusterOptions) {
    this.#options = options;
    this.directory = mkdtempSync(join(tmpdir(), 'muster-test-'));
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  get ready(): Ready {
    if (this.#ready === null) throw new Error('Muster is not running');
    return this.#ready;
  }

  get url(): string {
    return this.ready.url;
  }

  get token(): string {
    return this.ready.token;
  }

  get child(): Child {
    if (this.#child === null) throw new Error('Muster is not running');
    return this.#child;
  }

  spawn(extra: readonly string[] = []): Child {
    const { flags = [], usualPort = false, runner = true, command = SCRIPT, environment } = this.#options;
    const port = this.#ready === null ? '0' : new URL(this.#ready.url).port;
    const where = usualPort ? [] : ['--port', port];
    const all = ['--json', '--data', this.data, '--root', this.directory, ...where, ...flags, ...extra];
    const [program, ...first] = command;
    // It is started without npm, also where npm started the tests.
    const { MUSTER_KEY: _, npm_lifecycle_event: __, ...env } = process.env;
    return new Child(program, [...first, ...(runner ? all : [...all, '--no-runner'])], {
      cwd: PROJECT,
      env: { ...env, ...environment, [TAG]: this.tag },
    });
  }

  /** Starts it, or starts it again on the same port; resolves when it said it is ready. */
  async start(extra: readonly string[] = []): Promise<this> {
    this.#child = this.spawn(extra);
    const line = await this.#child.line((text) => text.startsWith('{'));
    this.#ready = ReadySchema.parse(JSON.parse(line));
    return this;
  }

  /** `running.json` as it is now. */
  get running(): Running {
    return RunningSchema.parse(JSON.parse(readFileSync(join(this.data, 'running.json'), 'utf8')));
  }

  get survivors(): Survivor[] {
    return survivorsOf(this.tag);
  }

  /** As Ctrl-C. Resolves to the ms it took. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    const began = performance.now();
    this.child.signal(name);
    await this.child.ended();
    return performance.now() - began;
  }

  /** As a crash: the server and what started it are gone at once; the runner and its agents are not. */
  async sigkill(): Promise<void> {
    const { main, servers } = this.running;
    for (const { pid } of [{ pid: this.child.pid }, main]) process.kill(pid, 'SIGKILL');
    for (const server of servers) signal(server, 'SIGKILL');
    await this.child.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    killAll(this.tag);
    await this.#child?.ended();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts Muster on an empty data directory. Use with `await using`. */
export async function startMuster(options: MusterOptions = {}): Promise<Muster> {
  const muster = new Muster(options);
  try {
    return await muster.start();
  } catch (error) {
    await muster[Symbol.asyncDispose]();
    throw error;
  }
}
