import { constants } from 'node:os';
import { commandError } from './command.ts';
import { hasBecomeProgram, hasProcessTable } from './containment/process-table.ts';
import type { Containment } from './containment.ts';
import { systemErrorInWords } from './errno.ts';
import { type ProgramEnd, ProgramError, type ProgramEvents, type RunningProgram } from './program.ts';
import { PtyMaster } from './pty/master.ts';
import { type Forked, type ForkRequest, forkPty } from './pty/native.ts';
import { runningProgram } from './running.ts';

/** Between two looks whether the program has replaced our forked copy, ms; it takes about one. */
const EXEC_LOOK_MS = 1;
/** A busy host takes long, but not this long, ms. */
const EXEC_BOUND_MS = 10_000;
/** The only output of node-pty's child when it cannot become the program; it exits with 1. */
const FORK_FAILURE = /^(execvp\(3\)|chdir\(2\)) failed\.: ([^\r\n]+)\r?\n$/;

/**
 * Starts a program on a terminal of its own. The forked child reports a failed exec only as text on
 * the terminal, so nothing is handed on until the child is the program, or has ended before.
 */
export async function startPty(
  request: ForkRequest,
  tag: string,
  containment: Containment,
  events: ProgramEvents,
): Promise<RunningProgram> {
  let master: PtyMaster | undefined;
  try {
    const { forked, exit } = fork(request, containment);
    master = new PtyMaster(forked.fd, forked.slave, (stream, data) => events.output(stream, data));
    const early = await endedBeforeExec(forked.pid, tag, exit);
    const failure = early?.exitCode === 1 ? FORK_FAILURE.exec(master.peek().toString()) : null;
    if (failure)
      throw commandError(`The program cannot be started: ${failure[2] ?? 'the system gives no reason'}`);
    return runningProgram(forked.pid, master, containment, exit, events);
  } catch (error) {
    master?.close();
    await containment.terminate({ force: true });
    if (error instanceof ProgramError) throw error;
    const why = systemErrorInWords(error);
    throw commandError(`This host cannot give it a terminal now${why === null ? '' : `: ${why}`}`);
  }
}

function fork(request: ForkRequest, containment: Containment): { forked: Forked; exit: Promise<ProgramEnd> } {
  let exited: (end: ProgramEnd) => void = () => {};
  const exit = new Promise<ProgramEnd>((resolve) => {
    exited = resolve;
  });
  const forked = containment.start(() =>
    forkPty(request, (exitCode, signal) =>
      exited(signal > 0 ? { signal: signalName(signal) } : { exitCode }),
    ),
  );
  return { forked, exit };
}

/** Resolves with how it ended when that came before it was seen to be the program. */
async function endedBeforeExec(
  pid: number,
  tag: string,
  exit: Promise<ProgramEnd>,
): Promise<ProgramEnd | undefined> {
  let end: ProgramEnd | undefined;
  exit.then((value) => {
    end = value;
  });
  if (!hasProcessTable) return undefined;
  const deadline = performance.now() + EXEC_BOUND_MS;
  while (end === undefined && performance.now() < deadline && !hasBecomeProgram(pid, tag)) {
    await new Promise((resolve) => setTimeout(resolve, EXEC_LOOK_MS));
  }
  return end;
}

function signalName(number: number): string {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry?.[0] ?? `SIG${number}`;
}
