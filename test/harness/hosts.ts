import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import { DataDirectory } from '../../agent-runner/src/host/files.ts';
import type { Muster } from './muster.ts';

/** Resolves when some host can run agents. */
export function hostIsOnline(client: MusterClient): Promise<void> {
  const found = () => client.hosts.some(({ connection }) => connection === 'online');
  if (found()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = client.on('hosts', () => {
      if (!found()) return;
      stop();
      resolve();
    });
  });
}

/** The data directory of a local Muster's host. */
export function hostData(muster: Muster): DataDirectory {
  return new DataDirectory(join(muster.data, 'runner'));
}

/** Keepers that start from now on dial this address; the runner keeps the link it has. */
export function dialThrough(muster: Muster, url: string): void {
  const data = hostData(muster);
  data.saveHost({ ...data.host(), server: url });
}
