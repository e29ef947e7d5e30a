import { lstatSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { nameIn, type Resolve } from '@muster/protocol';

/**
 * Where a path leads under a directory, symlinks resolved, as it is now; null: out of it, or nobody can say. `directory`:
 * absolute, symlinks resolved.
 */
export function placeIn(directory: string): Resolve {
  const named = nameIn(directory);
  return (path) => {
    const name = named(path);
    const real = name === null ? null : realPath(directory, name.split('/').filter(Boolean));
    if (real === null || (real !== directory && !real.startsWith(`${directory}${sep}`))) return null;
    return relative(directory, real).split(sep).join('/');
  };
}

/** What is not there yet will be where its name says, unless a link that leads nowhere has the name. */
function realPath(directory: string, names: readonly string[]): string | null {
  let at = directory;
  for (const [index, name] of names.entries()) {
    const next = join(at, name);
    try {
      lstatSync(next);
    } catch (error) {
      return isMissing(error) ? join(at, ...names.slice(index)) : null;
    }
    try {
      at = realpathSync(next);
    } catch {
      return null;
    }
  }
  return at;
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
