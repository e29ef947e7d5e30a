import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';

/** X16: listens for this account alone. The caller holds the keeper's lock, so an existing socket file is a dead keeper's. */
export function listenPrivately(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  });
}
