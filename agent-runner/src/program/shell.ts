import { basename } from 'node:path';
import type { Program } from '@muster/protocol';
import { executionErrorOf } from './command.ts';
import { ProgramError } from './program.ts';

export const DEFAULT_SHELL = '/bin/sh';
/** Their `-c` takes the line as its argument; that of all others is a flag, and options may follow it. */
const SHELLS_WITH_C = new Set(['fish', 'nu', 'xonsh', 'pwsh', 'csh', 'tcsh']);

/** P9: a line as the program that reads it. A line that begins with a dash is no option. */
export function shellProgram(shell: string, line: string): Program {
  return { command: shell, args: SHELLS_WITH_C.has(basename(shell)) ? ['-c', line] : ['-c', '--', line] };
}

/** @throws ProgramError when this host cannot run it */
export function checkShell(shell: string): void {
  const rule = shell.startsWith('/') ? executionErrorOf(shell) : 'it must be an absolute path';
  if (rule === null) return;
  throw new ProgramError(
    'AGENT_SPAWN_FAILED',
    `The shell ${shell} cannot run commands here: ${rule}`,
    'shell',
  );
}
