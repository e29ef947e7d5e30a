import { realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { ProgramError } from './program.ts';

/**
 * X9: the real path of a workspace, symlinks resolved, when it is a directory under one of `roots`.
 * What is refused never says what else is there: outside the roots everything looks the same.
 */
export async function resolveWorkspace(workspace: string, roots: readonly string[]): Promise<string> {
  if (!workspace.startsWith(sep)) throw refusal('must be an absolute path');
  const real = await realpath(workspace).catch(() => undefined);
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  if (real === undefined || !allowed.some((root) => root !== undefined && isUnder(real, root))) {
    throw refusal('must be an existing directory under one that this host allows');
  }
  const facts = await stat(real).catch(() => undefined);
  if (!facts?.isDirectory()) throw refusal('must be a directory');
  return real;
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refusal(rule: string): ProgramError {
  return new ProgramError('INVALID_MESSAGE', `workspace: ${rule}`, 'workspace');
}
