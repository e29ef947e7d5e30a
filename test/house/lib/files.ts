import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../harness/muster.ts';

/** Recorded output and frozen versions are not prose of ours. */
const FOREIGN = /^test\/versions\/\d|\/corpus\/|\/samples\//;

/** Paths of what git keeps, or would keep, and that `wanted` matches. */
export function filesOf(wanted: RegExp): string[] {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard', '--deduplicate'], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((path) => wanted.test(path) && !FOREIGN.test(path) && existsSync(join(PROJECT, path)));
}

export const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
