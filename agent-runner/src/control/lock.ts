import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { privateDirectory, temporary } from './paths.ts';

/** Held until the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** P3: one holder per name and host. Null: another process has it. */
export function takeLock(name: string): Promise<Lock | null> {
  return process.platform === 'linux' ? abstractLock(addressOf(name)) : Promise.resolve(fileLock(name));
}

/** sun_path of unix(7), bytes. */
const ADDRESS_BYTES = 108;

/**
 * The name fills the whole address: Node 20 pads shorter ones with NUL and later ones do not, so holders under
 * different versions, as during an upgrade, would not see each other.
 */
function addressOf(name: string): string {
  const address = `\0muster-${name}`;
  if (Buffer.byteLength(address) > ADDRESS_BYTES) throw new RangeError('the name of a lock is too long');
  return address.padEnd(ADDRESS_BYTES, '\0');
}

/** A listening abstract socket: the kernel frees it with the process, and it leaves no file. */
function abstractLock(address: string): Promise<Lock | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve({ release: () => server.close() }));
  });
}

/** Elsewhere: a file with the holder's pid and start time, believed while such a process lives. */
function fileLock(name: string): Lock | null {
  const path = join(privateDirectory(temporary('locks')), name);
  const mine = identityOf(process.pid) ?? String(process.pid);
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = readFileSync(path, 'utf8');
      if (identityOf(Number.parseInt(holder, 10)) === holder) return null;
      rmSync(path, { force: true });
    }
  }
}

/** `pid start-time`, null when there is no such process. */
function identityOf(pid: number): string | null {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return `${pid} ${started.trim()}`;
  } catch {
    return null;
  }
}
