import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { isHeldByEarlierVersion } from './earlier-version-lock.ts';
import { withGuard } from './guard.ts';
import type { LockName } from './paths.ts';

/** Held until the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/**
 * P3, X16: one holder per name, by a socket in the private directory that listens as long as its process lives. Null:
 * another process has it. A socket that nobody listens on any more is replaced, by one process at a time.
 */
export function takeLock({ path, guard, earlier }: LockName): Promise<Lock | null> {
  return withGuard(guard, async () => {
    if ((await listens(path)) || isHeldByEarlierVersion(earlier)) return null;
    rmSync(path, { force: true });
    return await listen(path);
  });
}

/** Whether a process listens there. @throws Error when that cannot be said */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      // Its queue is full: a process listens, and is busy.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

function listen(path: string): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', reject);
    server.listen(path, () => resolve({ release: () => server.close() }));
  });
}
