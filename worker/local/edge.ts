import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  Log,
  LogLevel,
  Miniflare,
  MiniflareCoreError,
  type MiniflareOptions,
  type WorkerOptions,
} from 'miniflare';
import * as z from 'zod';
import { type Built, BuiltSchema } from './built.ts';
import { migrate } from './migrate.ts';

/** How often old history is forgotten, ms. */
const TIDY_MS = 3_600_000;

export interface EdgeConfig {
  /** The project. */
  readonly root: string;
  readonly host: string;
  readonly port: number;
  /** Where Durable Objects and D1 keep their files. */
  readonly state: string;
  /** MUSTER_KEY of the Worker. */
  readonly key: string;
  /** MUSTER_ISSUERS of the Worker; empty: none. */
  readonly issuers: string;
  /** The port on which a debugger finds the Workers; null: none does. */
  readonly inspect: number | null;
  /** One line of what the runtime said. */
  log(line: string): void;
  /** A runtime process was started: at first, and again after it crashed. */
  started(): void;
  /** It crashed while it was started again, and nobody tries any more: this edge is dead. */
  gaveUp(): void;
}

const read = (path: string) => BuiltSchema.parse(JSON.parse(readFileSync(path, 'utf8')));

/** The variables of wrangler.toml; the environment's own value of one comes before it. */
function variablesOf(api: Built): Record<string, string> {
  const declared = z.record(z.string(), z.string()).parse(api.options['bindings'] ?? {});
  const chosen = Object.keys(declared).flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...declared, ...Object.fromEntries(chosen) };
}

const flagsOf = (api: Built) => z.array(z.string()).parse(api.options['compatibilityFlags'] ?? []);

const scriptOf = (modulesRoot: string, ...files: string[]) => ({
  modules: files.map((file) => ({ type: 'ESModule' as const, path: join(modulesRoot, file) })),
  modulesRoot,
});

/** A copy of the built page: a build while this runs would pull the files from under the server's list of them. */
function copyOfPage(config: EdgeConfig): string {
  const copy = join(config.state, 'page');
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(config.root, 'dashboard', '.svelte-kit', 'cloudflare'), copy, { recursive: true });
  return copy;
}

/**
 * The API, which listens itself: Miniflare's own entry would switch permessage-deflate on again. It costs workerd
 * three quarters of its messages per second and gives a local socket nothing; on Cloudflare it stays on.
 */
function apiOf(config: EdgeConfig, api: Built, dashboard: Built): WorkerOptions {
  return {
    ...api.options,
    ...scriptOf(join(config.root, 'worker'), 'local/front.mjs', 'dist/index.js'),
    name: api.name,
    bindings: { ...variablesOf(api), MUSTER_KEY: config.key, MUSTER_ISSUERS: config.issuers },
    compatibilityFlags: [...flagsOf(api), 'no_web_socket_compression'],
    serviceBindings: { DASHBOARD: dashboard.name },
    unsafeDirectSockets: [{ host: config.host, port: config.port }],
  };
}

function dashboardOf(config: EdgeConfig, dashboard: Built): WorkerOptions {
  return {
    ...dashboard.options,
    ...scriptOf(join(config.root, 'dashboard', 'dist'), 'index.js'),
    name: dashboard.name,
    assets: {
      binding: 'ASSETS',
      directory: copyOfPage(config),
      routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
    },
  };
}

function forward(streams: readonly Readable[], config: EdgeConfig): void {
  config.started();
  for (const stream of streams) createInterface({ input: stream }).on('line', (line) => config.log(line));
}

/** Of all that Miniflare says, that it has given up. */
class Complaints extends Log {
  readonly #gaveUp: () => void;

  constructor(gaveUp: () => void) {
    super(LogLevel.NONE);
    this.#gaveUp = gaveUp;
  }

  override error(error: Error): void {
    if (error instanceof MiniflareCoreError && error.code === 'ERR_RUNTIME_FAILURE') this.#gaveUp();
  }
}

/** Miniflare ends the process on a signal; here a signal begins an orderly end. */
function withoutSignalHandlers<T>(make: () => T): T {
  const names = ['SIGINT', 'SIGTERM'] as const;
  const before = names.map((name) => process.listeners(name));
  const made = make();
  for (const [index, name] of names.entries()) {
    for (const listener of process.listeners(name)) {
      if (!before[index]?.includes(listener)) process.off(name, listener);
    }
  }
  return made;
}

/** The two Workers on workerd. */
export class Edge {
  readonly team: string;
  readonly #miniflare: Miniflare;
  readonly #api: Built;
  readonly #log: EdgeConfig['log'];
  #tidying: NodeJS.Timeout | undefined;

  constructor(config: EdgeConfig) {
    this.#log = config.log;
    const dashboard = read(join(config.root, 'dashboard', 'dist', 'options.json'));
    this.#api = read(join(config.root, 'worker', 'dist', 'options.json'));
    this.team = variablesOf(this.#api)['MUSTER_TEAM'] ?? 'default';
    const options: MiniflareOptions = {
      host: '127.0.0.1',
      port: 0,
      workers: [apiOf(config, this.#api, dashboard), dashboardOf(config, dashboard)],
      durableObjectsPersist: join(config.state, 'objects'),
      d1Persist: join(config.state, 'd1'),
      cf: false,
      ...(config.inspect === null ? {} : { inspectorPort: config.inspect }),
      log: new Complaints(() => config.gaveUp()),
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => forward([stdout, stderr], config),
    };
    this.#miniflare = withoutSignalHandlers(() => new Miniflare(options));
  }

  /** Resolves when it listens and its databases are up to date. */
  async ready(): Promise<void> {
    await this.#miniflare.ready;
    for (const database of this.#api.databases) {
      await migrate(await this.#miniflare.getD1Database(database.binding, this.#api.name), database);
    }
    this.#tidying = setInterval(() => void this.#tidy(), TIDY_MS).unref();
    void this.#tidy();
  }

  /** What the cron of wrangler.toml does on Cloudflare. What fails is done the next time. */
  async #tidy(): Promise<void> {
    try {
      const worker = await this.#miniflare.getWorker(this.#api.name);
      await worker.scheduled({ scheduledTime: new Date() });
    } catch (error) {
      this.#log(`history was not tidied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#tidying);
    await this.#miniflare.dispose();
  }
}
