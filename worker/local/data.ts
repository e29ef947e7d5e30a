import { openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { ensurePrivateDirectory } from '../../agent-runner/src/host/private-directory.ts';

/** A log above this is put aside at the next start; the one before it is dropped. */
const LOG_BYTES = 8 * 1024 * 1024;

/** The layout of a data directory. */
export interface DataPaths {
  readonly directory: string;
  readonly secrets: string;
  readonly running: string;
  readonly place: string;
  readonly state: string;
  readonly runner: string;
  readonly serverLog: string;
  readonly runnerLog: string;
}

export function pathsIn(directory: string): DataPaths {
  const at = (name: string) => join(directory, name);
  return {
    directory,
    secrets: at('secrets.json'),
    running: at('running.json'),
    place: at('place.json'),
    state: at('state'),
    runner: at('runner'),
    serverLog: at('server.log'),
    runnerLog: at('runner.log'),
  };
}

/**
 * Made, or found to be of this account alone (X16).
 * @throws Mistake when others can enter it, with the command that mends it
 */
export const openData = (directory: string): DataPaths => pathsIn(ensurePrivateDirectory(directory));

/** The content of a JSON file; null: it is not there, or holds something else. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** A log to append to, as a descriptor: it stays good for a process that outlives this one. */
export function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
