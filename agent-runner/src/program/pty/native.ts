import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod';

/**
 * node-pty's own half in C++. Its JavaScript half loses output: on Linux the last bytes of short
 * programs, and everything unread 200 ms after the end; it also spins while a program does not read.
 * The native half is not public, so its shape is checked here, and its version is pinned.
 */
const NativeSchema = z.object({
  fork: z.custom<Fork>((value) => typeof value === 'function'),
  resize: z.custom<Resize>((value) => typeof value === 'function'),
});
const ForkedSchema = z.object({
  fd: z.number().int().min(0),
  pid: z.number().int().positive(),
  pty: z.string().startsWith('/'),
});

type Fork = (
  file: string,
  args: readonly string[],
  environment: readonly string[],
  directory: string,
  cols: number,
  rows: number,
  uid: number,
  gid: number,
  utf8: boolean,
  helper: string,
  exited: (exitCode: number, signal: number) => void,
) => unknown;
type Resize = (fd: number, cols: number, rows: number) => void;

export interface ForkRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly cols: number;
  readonly rows: number;
}

export interface Forked {
  /** The master side, non-blocking. */
  readonly fd: number;
  readonly pid: number;
  /** The path of the slave side. */
  readonly slave: string;
}

/** -1: as the user we are. */
const SAME_USER = -1;
const require = createRequire(import.meta.url);
/** Required, not imported: to import CommonJS Node first loads a parser for it, and a keeper carries that for life. */
const native = z.object({ native: NativeSchema }).parse(require('node-pty')).native;

/** Starts a program that leads a session on a terminal of its own. `exited` gets 0 for "no signal". */
export function forkPty(request: ForkRequest, exited: (exitCode: number, signal: number) => void): Forked {
  const forked = native.fork(
    request.file,
    request.args,
    Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
    request.directory,
    request.cols,
    request.rows,
    SAME_USER,
    SAME_USER,
    true,
    spawnHelper(),
    exited,
  );
  const { fd, pid, pty } = ForkedSchema.parse(forked);
  return { fd, pid, slave: pty };
}

export function resizePty(fd: number, cols: number, rows: number): void {
  native.resize(fd, cols, rows);
}

/** Only macOS starts programs through a helper of node-pty's. */
function spawnHelper(): string {
  if (process.platform !== 'darwin') return '';
  const home = join(require.resolve('node-pty/package.json'), '..');
  const built = join(home, 'build', 'Release', 'spawn-helper');
  return existsSync(built) ? built : join(home, 'prebuilds', `darwin-${process.arch}`, 'spawn-helper');
}
