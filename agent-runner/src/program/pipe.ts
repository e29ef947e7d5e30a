import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { commandError } from './command.ts';
import type { Containment } from './containment.ts';
import { systemErrorInWords } from './errno.ts';
import { PipeChannel } from './pipe/channel.ts';
import { makePipes, type Pipes } from './pipe/pipes.ts';
import type { ProgramEnd, ProgramEvents, RunningProgram } from './program.ts';
import { openMasters } from './pty/open-masters.ts';
import { runningProgram } from './running.ts';

export interface SpawnRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** False: its standard input is empty. */
  readonly input: boolean;
}

/** Starts a program with its standard streams on pipes, in a session of its own. */
export async function startPipe(
  request: SpawnRequest,
  containment: Containment,
  events: ProgramEvents,
): Promise<RunningProgram> {
  let channel: PipeChannel | undefined;
  try {
    const pipes = await makePipes();
    channel = new PipeChannel(pipes, (stream, data) => events.output(stream, data));
    const child = spawnOn(pipes, request, containment);
    const exit = new Promise<ProgramEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? { exitCode: code ?? 0 } : { signal }));
    });
    const pid = await pidOf(child);
    return runningProgram(pid, channel, containment, exit, events);
  } catch (error) {
    channel?.close();
    await containment.terminate({ force: true });
    throw commandError(reasonOf(error));
  }
}

/** Their ends of the pipes, and what stands in for inherited terminals (pty/masters.ts), are closed here. */
function spawnOn(
  { stdin, stdout, stderr }: Pipes,
  request: SpawnRequest,
  containment: Containment,
): ChildProcess {
  const nothing = openSync(devNull, 'r+');
  const streams = [stdin.theirs, stdout.theirs, stderr.theirs];
  const theirs = [request.input ? stdin.theirs : nothing, stdout.theirs, stderr.theirs];
  try {
    return containment.start(() =>
      spawn(request.file, request.args, {
        cwd: request.directory,
        env: { ...request.environment },
        detached: true,
        stdio: [...theirs, ...insteadOf(openMasters(), nothing)],
      }),
    );
  } finally {
    for (const fd of [nothing, ...streams]) closeSync(fd);
  }
}

/** From descriptor 3 on: nothing where a terminal's master would be inherited. */
function insteadOf(masters: ReadonlySet<number>, nothing: number): ('ignore' | number)[] {
  const count = Math.max(2, ...masters) - 2;
  return Array.from({ length: count }, (_, index) => (masters.has(index + 3) ? nothing : 'ignore'));
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    // It stays: after a start it tells of signals that could not be sent.
    child.on('error', reject);
    child.once('spawn', () => (child.pid === undefined ? reject(new Error('no pid')) : resolve(child.pid)));
  });
}

function reasonOf(error: unknown): string {
  return `The program cannot be started: ${systemErrorInWords(error) ?? 'the system gives no reason'}`;
}
