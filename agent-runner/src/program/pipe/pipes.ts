import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The two ends of a pipe, as descriptors. Ours never blocks; theirs does, as programs expect. */
export interface PipeEnds {
  readonly ours: number;
  readonly theirs: number;
}

export interface Pipes {
  readonly stdin: PipeEnds;
  readonly stdout: PipeEnds;
  readonly stderr: PipeEnds;
}

const run = promisify(execFile);

/**
 * Real pipes. Node's own `pipe` is a socket: a program cannot open that again as /dev/stdout, and
 * bash takes a socket on its stdin for a remote login and reads its start-up files.
 */
export async function makePipes(): Promise<Pipes> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-pipes-'));
  try {
    const [stdin = '', stdout = '', stderr = ''] = ['in', 'out', 'err'].map((name) => join(directory, name));
    await run('mkfifo', ['-m', '600', stdin, stdout, stderr]);
    return {
      stdin: openEnds(stdin, constants.O_WRONLY, constants.O_RDONLY),
      stdout: openEnds(stdout, constants.O_RDONLY, constants.O_WRONLY),
      stderr: openEnds(stderr, constants.O_RDONLY, constants.O_WRONLY),
    };
  } finally {
    // A pipe lives on without its name.
    rmSync(directory, { recursive: true, force: true });
  }
}

/** To open one end blocks until the other is there; one that is both stands in for it meanwhile. */
function openEnds(path: string, ours: number, theirs: number): PipeEnds {
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    return { ours: openSync(path, ours | constants.O_NONBLOCK), theirs: openSync(path, theirs) };
  } finally {
    closeSync(both);
  }
}
