import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, takeLock } from '../control/lock.ts';
import { runnerLock } from '../control/paths.ts';
import type { DataDirectory } from '../host/files.ts';
import { IdleGc } from '../host/idle-gc.ts';
import type { Log } from '../host/log.ts';
import { readFacts } from './facts.ts';
import { readOwner } from './owner/owner.ts';
import { Runner } from './runner.ts';
import { keeperSpawner } from './spawn-keeper.ts';

export interface RunOptions {
  readonly data: DataDirectory;
  /** The file keepers are started with. */
  readonly cli: string;
  /** When told to end it ends its keepers and their programs too. */
  readonly stopAgents: boolean;
  /** P6: from now on these instead of what `host.json` lists. */
  readonly env: readonly string[] | undefined;
  readonly log: Log;
}

export const pidFile = (data: DataDirectory) => join(data.path, 'runner.pid');

/** Runs until SIGTERM or SIGINT. Resolves to false when another runner has this data directory. */
export async function run({ data, cli, stopAgents, env, log }: RunOptions): Promise<boolean> {
  let lock: Lock | null = null;
  let isTold = false;
  // P2: first of all, so that keepers end by themselves if this process does not live to end them.
  const meanStop = () => {
    if (stopAgents && lock !== null) data.requestStop();
  };
  const told = new Promise<void>((resolve) => {
    const stop = () => {
      isTold = true;
      meanStop();
      resolve();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  lock = await takeLock(runnerLock(data.path));
  if (lock === null) return false;
  // With the handlers in place: a runner that is ended before leaves what was meant as it is.
  if (isTold) meanStop();
  else data.clearStopRequest();
  writeFileSync(pidFile(data), String(process.pid), { mode: 0o600 });
  if (env !== undefined) data.saveHost({ ...data.host(), env: [...env] });
  const host = data.host();
  const owner = await readOwner({
    environment: process.env,
    extra: host.env ?? [],
    installedAt: realpathSync(cli),
  });
  data.saveEnvironment(owner);
  const rest = new IdleGc();
  const runner = new Runner({
    data,
    facts: readFacts(host, owner),
    spawn: keeperSpawner(data, cli),
    log,
    onActivity: () => rest.touch(),
  });
  runner.start();
  rest.touch();
  log.info({ hostId: host.hostId, server: host.server }, 'the agent-runner is up');
  await told;
  await runner.stop({ endAgents: stopAgents });
  rmSync(pidFile(data), { force: true });
  lock.release();
  return true;
}
