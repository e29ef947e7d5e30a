import { execFile } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LIMITS, MIB } from '@muster/protocol';
import { rankPaths } from './rank-paths.ts';

/** Paths that are looked through. */
const PATHS = 20_000;
/** Directories that a walk enters. */
const DIRECTORIES = 2_000;
/** What git may print, bytes. */
const GIT_BYTES = 8 * MIB;
/** How long each way of finding them may take, ms: the room waits 3 s for the answer. */
const FIND_MS = 1_200;
/** How long a list is good: somebody types on, ms. */
const FRESH_MS = 5_000;
/** Candidates that are checked on disk for each one that is answered. */
const CHECKED = 4;
/** Nobody mentions what is in these. */
const SKIPPED = new Set(['.git', 'node_modules', '.hg', '.svn']);
/** Names that show as something else, or as more than one line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

type Environment = Readonly<Record<string, string>>;

/**
 * C15: the absolute path of a file that lies in a directory, symlinks resolved; null: there is none, it is outside, or it is
 * no plain file. `directory`: a real path.
 */
export function locateFile(directory: string, path: string): string | null {
  if (path.startsWith(sep) || path.split(sep).includes('..') || path.includes('\0')) return null;
  try {
    const real = realpathSync(join(directory, path));
    const isInside = real.startsWith(directory.endsWith(sep) ? directory : directory + sep);
    return isInside && statSync(real).isFile() ? real : null;
  } catch {
    return null;
  }
}

/** C15: the files of an agent's workspace that a message may mention. */
export class WorkspaceFiles {
  readonly #now: () => number;
  #found: { readonly directory: string; readonly at: number; readonly paths: Promise<string[]> } | null =
    null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Relative to the directory, best first, at most 50. */
  async find(directory: string, environment: Environment, text: string): Promise<string[]> {
    const paths = await this.#list(directory, environment);
    return rankPaths(paths, text, LIMITS.pathsFound * CHECKED)
      .filter((path) => locateFile(directory, path) !== null)
      .slice(0, LIMITS.pathsFound);
  }

  #list(directory: string, environment: Environment): Promise<string[]> {
    const known = this.#found;
    const now = this.#now();
    if (known?.directory === directory && now - known.at < FRESH_MS) return known.paths;
    const paths = listFiles(directory, environment);
    this.#found = { directory, at: now, paths };
    return paths;
  }
}

async function listFiles(directory: string, environment: Environment): Promise<string[]> {
  const paths = (await gitFiles(directory, environment)) ?? (await walk(directory));
  return paths.filter((path) => path !== '' && path.length <= LIMITS.pathChars && !HIDDEN.test(path));
}

/** What git tracks, and what is new and not ignored; null: it is no repository, or git cannot say. */
function gitFiles(directory: string, environment: Environment): Promise<string[] | null> {
  // The repository's own settings start no program here.
  const args = ['-c', 'core.fsmonitor=false', '-c', 'core.untrackedCache=false', 'ls-files', '-z'];
  const which = ['--cached', '--others', '--exclude-standard', '--deduplicate'];
  const env = { ...environment, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  const options = {
    cwd: directory,
    env,
    timeout: FIND_MS,
    maxBuffer: GIT_BYTES,
    killSignal: 'SIGKILL',
  } as const;
  return new Promise((resolve) => {
    execFile('git', [...args, ...which], options, (error, printed) =>
      resolve(error === null ? printed.split('\0').slice(0, PATHS) : null),
    );
  });
}

/** Directories nearest to the top first; symlinks are not followed. */
async function walk(directory: string): Promise<string[]> {
  const until = Date.now() + FIND_MS;
  const found: string[] = [];
  const waiting = [''];
  for (let entered = 0; entered < DIRECTORIES && found.length < PATHS && Date.now() < until; entered += 1) {
    const below = waiting.shift();
    if (below === undefined) break;
    for (const entry of await entriesOf(join(directory, below))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory() && !SKIPPED.has(entry.name)) waiting.push(path);
    }
  }
  return found.slice(0, PATHS);
}

async function entriesOf(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
