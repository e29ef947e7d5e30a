import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { UsageError } from './config.ts';
import { readJson } from './data.ts';
import { identify, isAlive, type ProcessRef, ProcessSchema, signal } from './processes.ts';

/** `running.json`: the process that holds a data directory, and the processes that must not outlive it. */
const RunningSchema = z.object({
  main: ProcessSchema,
  state: z.enum(['starting', 'running', 'stopping']),
  /** Where it can be reached, once it can. */
  url: z.string().optional(),
  team: z.string().optional(),
  /** The server's own processes: ended by the next start when they outlived a crash. */
  servers: z.array(ProcessSchema),
  /** The agent-runner: outlives a crash on purpose, and the next start takes it over. */
  runner: ProcessSchema.optional(),
});
export type Running = z.infer<typeof RunningSchema>;

const POLL_MS = 100;
/** A holder that was killed needs a moment to be gone. */
const DYING_MS = 1500;
const STOPPING_MS = 6000;

export const readRunning = (path: string): Running | null => readJson(path, RunningSchema);

function write(path: string, running: Running): string {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(running), { mode: 0o600 });
  return temporary;
}

function create(path: string, running: Running): boolean {
  const temporary = write(path, running);
  try {
    linkSync(temporary, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(temporary);
  }
}

async function waitForEnd(path: string): Promise<Running | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    const other = readRunning(path);
    if (other === null || !isAlive(other.main)) return other;
    if (waited >= (other.state === 'stopping' ? STOPPING_MS : DYING_MS)) {
      const where = other.url === undefined ? '' : ` at ${other.url}`;
      throw new UsageError(
        `Muster already runs on this data${where} (process ${other.main.pid}). ` +
          'Open it with npm run link, stop it with Ctrl-C, or give another --data directory.',
      );
    }
    await wait(POLL_MS);
  }
}

/** The hold of this process on a data directory. */
export class DirectoryLock {
  readonly #path: string;
  #running: Running;

  constructor(path: string, running: Running) {
    this.#path = path;
    this.#running = running;
  }

  get running(): Running {
    return this.#running;
  }

  update(change: Partial<Running>): void {
    this.#running = { ...this.#running, ...change };
    renameSync(write(this.#path, this.#running), this.#path);
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

/**
 * Takes hold of a data directory, clearing away what a crashed holder left: its servers are killed, its
 * runner is handed on.
 * @throws UsageError while another process holds it
 */
export async function acquireLock(path: string): Promise<{ hold: DirectoryLock; runner: ProcessRef | null }> {
  const main = identify(process.pid);
  if (main === null) throw new Error('this process cannot find itself');
  const old = await waitForEnd(path);
  for (const server of old?.servers ?? []) signal(server, 'SIGKILL');
  rmSync(path, { force: true });
  const running: Running = { main, state: 'starting', servers: [] };
  if (!create(path, running)) {
    await waitForEnd(path);
    throw new UsageError('Another start took this data directory at the same moment; try again.');
  }
  const runner = old?.runner !== undefined && isAlive(old.runner) ? old.runner : null;
  return { hold: new DirectoryLock(path, running), runner };
}
