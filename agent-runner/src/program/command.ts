import { accessSync, constants } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { factsOf } from './facts.ts';
import { ProgramError } from './program.ts';

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
  let message = `There is no program ${command} on this host; install it, or give its whole path`;
  for (const file of candidates) {
    const facts = factsOf(file);
    if (facts === undefined) continue;
    if (facts.isFile() && isExecutable(file)) return file;
    message = facts.isDirectory() ? `${file} is a directory, not a program` : `${file} is not executable`;
  }
  throw commandError(message);
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
