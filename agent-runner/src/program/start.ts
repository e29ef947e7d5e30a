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
    const place = openContainment(request.tag, containment);
    // What the other kind needs is never loaded.
    if (request.kind === 'process') return (await import('./pipe.ts')).startPipe(spawn, place, events);
    const { startPty } = await import('./pty.ts');
    return startPty({ ...spawn, ...(request.terminal ?? DEFAULT_TERMINAL) }, request.tag, place, events);
  };
}

/** Everything that can be refused is refused here, before anything is started. */
function prepare({ program, directory, environment, tag, input = true }: ProgramRequest) {
  if (!factsOf(directory)?.isDirectory()) {
    throw new ProgramError(
      'AGENT_SPAWN_FAILED',
      'The directory is gone; make it again, or choose another',
      'workspace',
    );
  }
  const file = resolveCommand(program.command, { directory, path: environment['PATH'] ?? '' });
  return {
    file,
    args: program.args,
    directory,
    input,
    environment: { ...environment, PWD: directory, [TAG_VARIABLE]: tag },
  };
}
