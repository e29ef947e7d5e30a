import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { factsOf } from './facts.ts';
import { ProgramError } from './program.ts';

/**
 * X9: the real path of a workspace, symlinks resolved, when it is a directory under one of `roots`.
 * A refusal never reveals what else is there: outside the roots everything looks the same.
 */
export function resolveWorkspace(workspace: string, roots: readonly string[]): string {
  if (!workspace.startsWith(sep)) throw workspaceError('The directory must be an absolute path');
  const real = realPathOf(workspace);
  const allowed = roots.map(realPathOf);
  if (real === undefined || !allowed.some((root) => root !== undefined && isUnder(real, root))) {
    throw workspaceError(
      `The directory must exist under ${roots.join(' or ')}, where this host allows agents to work`,
    );
  }
  if (!factsOf(real)?.isDirectory()) throw workspaceError('This is a file, not a directory');
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

function workspaceError(message: string): ProgramError {
  return new ProgramError('INVALID_MESSAGE', message, 'workspace');
}
