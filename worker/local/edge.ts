import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as lasting } from 'node:timers/promises';
import { getCACertificates } from 'node:tls';
import type * as z from 'zod';
import { type Built, BuiltSchema, FilesSchema } from './built.ts';
import { configText } from './edge/capnp.ts';
import { serverConfig } from './edge/config.ts';
import { Workerd } from './edge/workerd.ts';
import type { ProcessRef } from './processes.ts';

/** How often in a row a runtime that crashes while it starts is started again, and how long after the last, ms. */
const TRIES = 10;
const PAUSE_MS = 1_000;
const OWNER_ONLY = 0o600;
const OWNER_DIRECTORY = 0o700;

export interface EdgeConfig {
  /** The project. */
  readonly root: string;
  readonly host: string;
  readonly port: number;
  /** Where it answers. */
  readonly url: string;
  /** Where Durable Objects and D1 keep their files. */
  readonly state: string;
  /** MUSTER_KEY of the Worker. */
  readonly key: string;
  /** MUSTER_ISSUERS of the Worker; empty: none. */
  readonly issuers: string;
  /** The port on which a debugger finds the Workers; null: none does. */
  readonly inspect: number | null;
  /** One line of the runtime's output. */
  log(line: string): void;
  /** A runtime process was started: at first, and again after it crashed. */
  started(process: ProcessRef): void;
  /** It crashed, and so did all that were started in its place. */
  gaveUp(error: unknown): void;
}

const read = <T>(schema: z.ZodType<T>, ...path: string[]): T =>
  schema.parse(JSON.parse(readFileSync(join(...path), 'utf8')));

/** Variables that wrangler.toml gives no value: they are there only where the environment has them. */
const OPTIONAL = ['MUSTER_PUSH_LOOPBACK'];

/** The variables of wrangler.toml; the environment's own value of one comes before it. */
function withEnvironment(api: Built): Built {
  const chosen = [...Object.keys(api.options.bindings), ...OPTIONAL].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...api,
    options: { ...api.options, bindings: { ...api.options.bindings, ...Object.fromEntries(chosen) } },
  };
}

/** A copy of the built page: a build while this runs would pull the files from under the server. */
function copyOfPage({ root, state }: EdgeConfig): string {
  const copy = join(state, 'page');
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(root, 'dashboard', 'dist', 'page', 'files'), copy, { recursive: true });
  return copy;
}

function directoryIn(state: string, name: string): string {
  const path = join(state, name);
  mkdirSync(path, { recursive: true, mode: OWNER_DIRECTORY });
  return path;
}

/** The two Workers on workerd, with a configuration of our own (X17): one process, one socket, kept alive. */
export class Edge {
  readonly team: string;
  readonly #config: EdgeConfig;
  readonly #file: string;
  readonly #text: string;
  #runtime: Workerd | null = null;
  #stopped = false;

  constructor(config: EdgeConfig) {
    this.#config = config;
    const api = withEnvironment(read(BuiltSchema, config.root, 'worker', 'dist', 'options.json'));
    this.team = api.options.bindings['MUSTER_TEAM'] ?? 'default';
    // Embedded files are named by how the configuration lies to them, links followed.
    const state = realpathSync(directoryIn(config.state, '.'));
    this.#file = join(state, 'server.capnp');
    this.#text = configText(
      serverConfig({
        root: realpathSync(config.root),
        host: config.host,
        port: config.port,
        objects: directoryIn(state, 'objects'),
        d1: directoryIn(state, 'd1'),
        page: copyOfPage(config),
        api,
        dashboard: read(BuiltSchema, config.root, 'dashboard', 'dist', 'options.json'),
        files: read(FilesSchema, config.root, 'dashboard', 'dist', 'page', 'files.json'),
        secrets: { MUSTER_KEY: config.key, MUSTER_ISSUERS: config.issuers },
        certificates: getCACertificates('extra'),
      }),
      state,
    );
  }

  /** Resolves when it listens and its databases are up to date. */
  async ready(): Promise<void> {
    const runtime = await this.#start();
    void runtime.ended.then(() => this.#replace());
  }

  async #start(): Promise<Workerd> {
    // For workerd only, and only while it starts: it holds the secrets of this deployment (X16).
    writeFileSync(this.#file, this.#text, { mode: OWNER_ONLY });
    const { inspect, log, started } = this.#config;
    const runtime = new Workerd({ config: this.#file, inspect, log, started });
    this.#runtime = runtime;
    try {
      await runtime.listening();
      await this.#migrated(runtime);
    } finally {
      rmSync(this.#file, { force: true });
    }
    return runtime;
  }

  /** Its first answer comes when its databases are up to date. */
  async #migrated(runtime: Workerd): Promise<void> {
    const ended = runtime.ended.then(() => {
      throw new Error('the server ended while it was starting');
    });
    const answer = await Promise.race([fetch(`${this.#config.url}/`), ended]);
    if (!answer.ok) throw new Error(`the server does not answer: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
  }

  /** It crashed: hosts and pages come back to the next as to any other. */
  async #replace(): Promise<void> {
    for (let left = TRIES; !this.#stopped; left -= 1) {
      try {
        return await this.ready();
      } catch (error) {
        await this.#runtime?.stop();
        if (left === 1 && !this.#stopped) return this.#config.gaveUp(error);
      }
      await lasting(PAUSE_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#runtime?.stop();
  }
}
