import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { resolveCommand } from './command.ts';
import { TAG_VARIABLE } from './containment/process-table.ts';
import { type ContainmentOptions, openContainment } from './containment.ts';
import { startEcho } from './echo.ts';
import { factsOf } from './facts.ts';
import { ProgramError, type ProgramRequest, type StartProgram } from './program.ts';

/** The size of a terminal whose agent names none, cells. */
export const DEFAULT_TERMINAL = { cols: 80, rows: 24 };

/** P1: starts programs of every kind; `containment` is for tests and for hosts with a wish. */
export function programStarter(containment: ContainmentOptions = {}): StartProgram {
  return async (request, events) => {
    if (request.kind === 'echo') return startEcho(events);
    const spawn = prepare(request);
    const place = openContainment(request.tag, containment, request.umask);
    // The modules of the other kind are never loaded.
    if (request.kind === 'process') return (await import('./pipe.ts')).startPipe(spawn, place, events);
    const { startPty } = await import('./pty.ts');
    return startPty({ ...spawn, ...(request.terminal ?? DEFAULT_TERMINAL) }, request.tag, place, events);
  };
}

/** Everything that can be refused is refused here, before anything is started. */
function prepare(request: ProgramRequest) {
  const { program, directory, workspace = directory, environment, tag, input = true } = request;
  const PWD = isOneDirectory(workspace, directory) ? workspace : directory;
  return {
    file: checkProgram(request) ?? program.command,
    args: program.args,
    directory,
    input,
    environment: { ...environment, PWD, [TAG_VARIABLE]: tag },
  };
}

/** Whatever can be refused of a program before it is started. The file that its command stands for. @throws ProgramError */
export function checkProgram(
  request: Pick<ProgramRequest, 'kind' | 'program' | 'directory' | 'environment'>,
): string | null {
  const { kind, program, directory, environment } = request;
  if (kind === 'echo') return null;
  if (!factsOf(directory)?.isDirectory()) {
    throw new ProgramError(
      'AGENT_SPAWN_FAILED',
      'The directory is gone; make it again, or choose another',
      'workspace',
    );
  }
  try {
    accessSync(directory, constants.X_OK);
  } catch {
    throw new ProgramError('AGENT_SPAWN_FAILED', 'The directory may not be entered', 'workspace');
  }
  return resolveCommand(program.command, { directory, path: environment['PATH'] ?? '' });
}

/** P6: a shell takes PWD for where it is when it is a path without dots that leads there. */
function isOneDirectory(named: string, directory: string): boolean {
  if (named !== resolve(named)) return false;
  const [a, b] = [factsOf(named), factsOf(directory)];
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}
