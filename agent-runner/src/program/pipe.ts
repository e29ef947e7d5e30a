import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Readable } from 'node:stream';
import { STREAM } from '@muster/protocol';
import { commandError } from './command.ts';
import type { Containment } from './containment.ts';
import { Gate } from './gate.ts';
import type { ProgramEnd, ProgramEvents, RunningProgram } from './program.ts';
import { openMasters } from './pty/masters.ts';
import { type Channel, runningProgram } from './running.ts';

/**
 * When nothing of the program is left but a stranger still holds its pipes, so much silence is the
 * end, ms. Several looks: between two of them a busy process has read what was there.
 */
const SILENCE_MS = 250;
const SILENCES = 4;

export interface SpawnRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** Starts a program with its standard streams on pipes, in a session of its own. */
export async function startPipe(
  request: SpawnRequest,
  containment: Containment,
  events: ProgramEvents,
): Promise<RunningProgram> {
  const child = spawnPiped(request, containment);
  const channel = new PipeChannel(child, events);
  const exit = new Promise<ProgramEnd>((resolve) => {
    child.once('exit', (exitCode, signal) =>
      resolve(signal === null ? { exitCode: exitCode ?? 0 } : { signal }),
    );
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(commandError(reasonOf(error))));
  }).catch(async (error: unknown) => {
    await containment.terminate({ force: true });
    throw error;
  });
  // After a start, `error` only tells of a signal or message that could not be sent.
  child.on('error', () => {});
  return runningProgram(pid, channel, containment, exit, events);
}

function spawnPiped(request: SpawnRequest, containment: Containment): ChildProcessWithoutNullStreams {
  const nothing = openSync(devNull, 'r+');
  try {
    return containment.start(() => {
      const child = spawn(request.file, request.args, {
        cwd: request.directory,
        env: { ...request.environment },
        detached: true,
        stdio: stdioWithout(openMasters(), nothing),
      });
      if (hasPipes(child)) return child;
      throw new Error('it has no pipes');
    });
  } catch (error) {
    throw commandError(reasonOf(error));
  } finally {
    closeSync(nothing);
  }
}

/** Three pipes, and nothing where a terminal's master would be inherited (pty/masters.ts). */
function stdioWithout(masters: ReadonlySet<number>, nothing: number): ('pipe' | 'ignore' | number)[] {
  const last = Math.max(2, ...masters);
  return Array.from({ length: last + 1 }, (_, fd) => {
    if (fd <= 2) return 'pipe';
    return masters.has(fd) ? nothing : 'ignore';
  });
}

function hasPipes(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return child.stdin !== null && child.stdout !== null && child.stderr !== null;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
  return `it cannot be started (${code})`;
}

class PipeChannel implements Channel {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gate: Gate;
  readonly #closed: Promise<void>;
  #heard = false;

  constructor(child: ChildProcessWithoutNullStreams, events: ProgramEvents) {
    this.#child = child;
    const streams = [child.stdout, child.stderr];
    this.#gate = new Gate((stream, data) => events.output(stream, data), {
      pause: () => void streams.map((stream) => stream.pause()),
      resume: () => void streams.map((stream) => stream.resume()),
    });
    this.#gate.hold();
    this.#listen(child.stdout, STREAM.stdout);
    this.#listen(child.stderr, STREAM.stderr);
    // Input to a program that has closed its end is lost, as it is in a shell.
    child.stdin.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      child.once('close', () => resolve());
    });
  }

  write(data: Uint8Array): void {
    this.#child.stdin.write(data);
  }

  resize(): void {}

  hold(): void {
    this.#gate.hold();
  }

  flow(): void {
    this.#gate.flow();
  }

  /** Both pipes say when they are empty, unless a process that is not the program's has them too. */
  async finish(): Promise<void> {
    let silences = 0;
    const watch = setInterval(() => {
      silences = this.#gate.isOpen && !this.#heard ? silences + 1 : 0;
      this.#heard = false;
      if (silences === SILENCES) this.#child.stdout.destroy();
      if (silences === SILENCES) this.#child.stderr.destroy();
    }, SILENCE_MS);
    await this.#closed;
    clearInterval(watch);
    await this.#gate.opened();
  }

  #listen(readable: Readable, stream: number): void {
    readable.on('data', (data: Buffer) => {
      this.#heard = true;
      this.#gate.pass(stream, data);
    });
    readable.on('error', () => {});
  }
}
