import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../control/lock.ts';
import { runnerLock } from '../control/paths.ts';
import type { DataDirectory } from '../host/files.ts';
import type { Log } from '../host/log.ts';
import { Rest } from '../host/rest.ts';
import { readFacts } from './facts.ts';
import { Runner } from './runner.ts';
import { keeperSpawner } from './spawn-keeper.ts';

export interface RunOptions {
  readonly data: DataDirectory;
  /** The file keepers are started with. */
  readonly cli: string;
  /** When told to end it ends its keepers and their programs too. */
  readonly stopAgents: boolean;
  readonly log: Log;
}

export const pidFile = (data: DataDirectory) => join(data.path, 'runner.pid');

/** Runs until SIGTERM or SIGINT. Resolves to false when another runner has this data directory. */
export async function run({ data, cli, stopAgents, log }: RunOptions): Promise<boolean> {
  const host = data.host();
  const lock = await takeLock(runnerLock(data.path));
  if (lock === null) return false;
  writeFileSync(pidFile(data), String(process.pid), { mode: 0o600 });
  const rest = new Rest();
  const runner = new Runner({
    data,
    facts: readFacts(host),
    spawn: keeperSpawner(data, cli),
    log,
    busy: () => rest.disturb(),
  });
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  await runner.start();
  rest.disturb();
  log.info({ hostId: host.hostId, server: host.server }, 'the agent-runner is up');
  await told;
  await runner.stop({ stopAgents });
  rmSync(pidFile(data), { force: true });
  lock.release();
  return true;
}
