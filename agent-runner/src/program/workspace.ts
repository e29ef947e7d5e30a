import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { factsOf } from './facts.ts';
import { ProgramError } from './program.ts';

/**
 * X9: the real path of a workspace, symlinks resolved, when it is a directory under one of `roots`.
 * What is refused never says what else is there: outside the roots everything looks the same.
 */
export function resolveWorkspace(workspace: string, roots: readonly string[]): string {
  if (!workspace.startsWith(sep)) throw refusal('must be an absolute path');
  const real = realPathOf(workspace);
  const allowed = roots.map(realPathOf);
  if (real === undefined || !allowed.some((root) => root !== undefined && isUnder(real, root))) {
    throw refusal('must be an existing directory under one that this host allows');
  }
  if (!factsOf(real)?.isDirectory()) throw refusal('must be a directory');
  return real;
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refusal(rule: string): ProgramError {
  return new ProgramError('INVALID_MESSAGE', `workspace: ${rule}`, 'workspace');
}
