import { readFileSync } from 'node:fs';
import type { AgentUid } from '@muster/protocol';
import { ControlClient } from '../control/client.ts';
import { takeLock } from '../control/lock.ts';
import type { KeeperStatus } from '../control/messages.ts';
import { controlPath, runnerLock } from '../control/paths.ts';
import type { DataDirectory } from '../host/files.ts';

/** How long a runner may take to exit after SIGTERM, ms. */
const RUNNER_EXIT_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 50;
const ignoreEvents = { linked: () => {}, closed: () => {} };

export interface AgentReport {
  readonly agentUid: AgentUid;
  readonly name: string;
  /** Null: no keeper runs. */
  readonly keeper: KeeperStatus | null;
}

/** The status of every agent of this host. */
export function status(data: DataDirectory): Promise<AgentReport[]> {
  return Promise.all(
    data.agents().map(async (agentUid) => {
      const client = await ControlClient.open(controlPath(data.path, agentUid), ignoreEvents);
      const answer = await client?.ask({ do: 'status' });
      client?.close();
      const name = data.agent(agentUid).placement()?.spec.name ?? '';
      return { agentUid, name, keeper: answer?.status ?? null };
    }),
  );
}

/** Ends the runner, then every keeper with its program. Returns how many keepers were ended. */
export async function stopAll(data: DataDirectory, pidFile: string): Promise<number> {
  data.requestStop();
  const open = (agentUid: AgentUid) => ControlClient.open(controlPath(data.path, agentUid), ignoreEvents);
  // Before the runner goes: a keeper that nobody is connected to ends by itself, and would not be counted.
  const keepers = (await Promise.all(data.agents().map(open))).filter((client) => client !== null);
  await endRunner(data, pidFile);
  const stop = { do: 'stop', force: false, reason: 'the agent-runner was stopped' } as const;
  await Promise.all(keepers.map((client) => client.ask(stop).catch(() => {})));
  return keepers.length;
}

async function endRunner(data: DataDirectory, pidFile: string): Promise<void> {
  const until = performance.now() + RUNNER_EXIT_TIMEOUT_MS;
  let isSignalled = false;
  while (performance.now() < until) {
    const lock = await takeLock(runnerLock(data.path));
    if (lock !== null) return lock.release();
    if (!isSignalled) isSignalled = signalRunner(pidFile);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  throw new Error('the agent-runner does not end');
}

/** Codes of a runner that begins or ends just now: it has the lock, and no pid file or no process. */
const NOT_THERE: readonly unknown[] = ['ENOENT', 'ESRCH'];

function signalRunner(pidFile: string): boolean {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    // While it is being written it is empty, and 0 would be this process and its like.
    return pid > 0 && process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_THERE.includes(error.code)) return false;
    throw error;
  }
}
