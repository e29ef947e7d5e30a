import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { factsOf } from './facts.ts';
import { ProgramError } from './program.ts';

const MISSING = 'no such program on this host';
/** The kernel looks no further. */
const SHEBANG_BYTES = 256;

/** Where a command is looked up. */
export interface CommandPlace {
  /** For paths that are not absolute, and for empty entries of `path`. */
  readonly directory: string;
  /** The PATH of the program's own environment. */
  readonly path: string;
}

/**
 * The file a program's `command` stands for, found as a shell would: before anything is started, so
 * that a wrong name is told to the person who typed it.
 */
export function resolveCommand(command: string, place: CommandPlace): string {
  const candidates = command.includes('/')
    ? [resolve(place.directory, command)]
    : place.path.split(delimiter).map((entry) => resolve(place.directory, entry, command));
  let reason = MISSING;
  for (const file of candidates) {
    const refusal = executionErrorOf(file);
    if (refusal === null) return file;
    if (refusal !== MISSING) reason = `${file} cannot be run: ${refusal}`;
  }
  throw commandError(
    reason === MISSING
      ? `There is no program ${command} on this host; install it, or give its whole path`
      : reason,
  );
}

/** Why a file cannot be run as a program; null: it can, as far as can be seen. */
export function executionErrorOf(file: string): string | null {
  const facts = factsOf(file);
  if (facts === undefined) return MISSING;
  if (!facts.isFile())
    return facts.isDirectory() ? 'it is a directory, not a program' : 'it is not executable';
  if (!isExecutable(file)) return 'it is not executable';
  const interpreter = interpreterOf(file);
  if (interpreter === null || factsOf(interpreter)?.isFile()) return null;
  return `its first line names ${JSON.stringify(interpreter)}, which is not on this host`;
}

/** The interpreter that a script's first line names (execve(2)). Null: it is no script, or names no absolute path. */
function interpreterOf(file: string): string | null {
  const head = Buffer.alloc(SHEBANG_BYTES);
  try {
    const fd = openSync(file, 'r');
    try {
      readSync(fd, head, 0, head.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // An executable file need not be readable.
    return null;
  }
  return /^#![ \t]*(\/[^ \t\n\0]*)/.exec(head.toString('latin1'))?.[1] ?? null;
}

/** P1: the refusal of a program that cannot be started. */
export function commandError(message: string): ProgramError {
  return new ProgramError('AGENT_SPAWN_FAILED', message, 'program.command');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
