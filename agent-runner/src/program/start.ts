import { stat } from 'node:fs/promises';
import { resolveCommand } from './command.ts';
import { TAG_VARIABLE } from './containment/process-table.ts';
import { type ContainmentOptions, openContainment } from './containment.ts';
import { startEcho } from './echo.ts';
import { startPipe } from './pipe.ts';
import { ProgramError, type ProgramRequest, type StartProgram } from './program.ts';
import { startPty } from './pty.ts';

/** The size of a terminal whose agent names none, cells. */
export const DEFAULT_TERMINAL = { cols: 80, rows: 24 };

/** P1: starts programs of every kind; `containment` is for tests and for hosts with a wish. */
export function programStarter(containment: ContainmentOptions = {}): StartProgram {
  return async (request, events) => {
    if (request.kind === 'echo') return startEcho(events);
    const spawn = await prepare(request);
    const place = openContainment(request.tag, containment);
    if (request.kind === 'process') return startPipe(spawn, place, events);
    return startPty({ ...spawn, ...(request.terminal ?? DEFAULT_TERMINAL) }, request.tag, place, events);
  };
}

/** Everything that can be refused is refused here, before anything is started. */
async function prepare({ program, directory, environment, tag }: ProgramRequest) {
  const facts = await stat(directory).catch(() => undefined);
  if (!facts?.isDirectory()) {
    throw new ProgramError('AGENT_SPAWN_FAILED', 'workspace: the directory is gone', 'workspace');
  }
  const file = await resolveCommand(program.command, { directory, path: environment['PATH'] ?? '' });
  return {
    file,
    args: program.args,
    directory,
    environment: { ...environment, PWD: directory, [TAG_VARIABLE]: tag },
  };
}
