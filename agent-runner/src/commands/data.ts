import { mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataDirectory } from '../host/files.ts';

export const DEFAULT_DATA = join(homedir(), '.muster-runner');

/** One directory by one name, whatever links lead there: locks and sockets are named after it. */
export function dataAt(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return new DataDirectory(realpathSync(resolve(path)));
}
