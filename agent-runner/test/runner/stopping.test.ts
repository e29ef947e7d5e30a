import { once } from 'node:events';
import { watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runnerLock } from '../../src/control/paths.ts';
import { stopAll } from '../../src/runner/admin.ts';
import { pidFile } from '../../src/runner/main.ts';
import { TestHost } from '../support/host.ts';
import { isAlive } from '../support/processes.ts';

/** P2's grace, and 2 s. */
const GONE_WITHIN_MS = 12_000;

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

/** A program that ends on SIGTERM, and one that ignores it. */
async function twoAgents(): Promise<number[]> {
  const placements = [
    host.shell('process', 'exec cat'),
    host.shell('terminal', 'trap "" TERM HUP; while :; do sleep 1; done'),
  ];
  const placed = await Promise.all(placements.map((placement) => host.server.place(placement)));
  host.server.agents = placements;
  const keepers = await Promise.all(placements.map(({ spec }) => host.keeperPid(spec.agentUid)));
  return [...placed.map(({ pid }) => pid ?? 0), ...keepers.map((pid) => pid ?? 0)];
}

const gone = (pids: readonly number[]) =>
  expect.poll(() => pids.filter(isAlive), { timeout: GONE_WITHIN_MS, interval: 100 }).toEqual([]);

test('[P2] a runner that is killed right after SIGTERM leaves nothing', async () => {
  const runner = await host.run('--stop-agents');
  const pids = await twoAgents();
  const written = new Promise<void>((resolve) => {
    const watcher = watch(host.data.path, () => {
      if (!host.data.isStopRequested) return;
      watcher.close();
      resolve();
    });
  });
  runner.kill('SIGTERM');
  await written;
  runner.kill('SIGKILL');
  await gone(pids);
}, 30_000);

test('[P2] what is meant while no runner is there is seen by its keepers', async () => {
  const runner = await host.run('--stop-agents');
  const pids = await twoAgents();
  runner.kill('SIGKILL');
  await once(runner, 'exit');
  host.data.requestStop();
  await gone(pids);
}, 30_000);

test('[P2] a runner that has just begun, or is about to be gone, is waited for', async () => {
  // What would be told to end, were an empty file a pid.
  const told: string[] = [];
  const listener = () => told.push('SIGTERM');
  process.on('SIGTERM', listener);
  for (const pid of [null, '', '0']) {
    const lock = createServer((socket) => socket.destroy()).listen(runnerLock(host.data.path).path);
    await once(lock, 'listening');
    if (pid !== null) writeFileSync(pidFile(host.data), pid);
    const stopped = stopAll(host.data, pidFile(host.data));
    // It looks, and looks again.
    for (let looked = 0; looked < 2; looked += 1) await Promise.race([once(lock, 'connection'), stopped]);
    lock.close();
    await expect(stopped).resolves.toBe(0);
  }
  process.off('SIGTERM', listener);
  expect(told).toEqual([]);
});

test('[P3] kill -9 of a runner that was not asked to end leaves its agents running, and the next one adopts them', async () => {
  const runner = await host.run('--stop-agents');
  const pids = await twoAgents();
  runner.kill('SIGKILL');
  await once(runner, 'exit');
  expect(host.data.isStopRequested).toBe(false);
  await host.run('--stop-agents');
  expect(pids.filter(isAlive)).toEqual(pids);
});

test('[P3] a runner whose agents are kept requests no stop, and the next start clears the request', async () => {
  host.data.requestStop();
  const runner = await host.run();
  const pids = await twoAgents();
  expect(host.data.isStopRequested).toBe(false);
  runner.kill('SIGTERM');
  await once(runner, 'exit');
  expect(host.data.isStopRequested).toBe(false);
  expect(pids.filter(isAlive)).toEqual(pids);
});
