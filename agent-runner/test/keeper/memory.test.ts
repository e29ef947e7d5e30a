import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestHost } from '../support/host.ts';

/** F11, MiB. Half of it and more are pages of Node's own file, which all keepers of a host share. */
const GOAL_MIB = 60;
/** From its start to its rest, ms, on a busy machine. */
const RESTED_WITHIN_MS = 30_000;

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

test.runIf(process.platform === 'linux')(
  `[F11] an idle runner and its idle keepers come to rest within ${GOAL_MIB} MB each`,
  async () => {
    const runner = await host.run();
    const placements = [
      host.placement({ kind: 'echo', program: { command: 'echo', args: [] } }),
      host.shell('process', 'cat'),
      host.shell('terminal', 'cat'),
    ];
    const pids = new Map([['runner', runner.pid]]);
    for (const placement of placements) {
      expect((await host.server.place(placement)).error).toBeUndefined();
      const { agentUid, kind } = placement.spec;
      pids.set(kind, await host.keeperPid(agentUid));
    }
    await vi.waitFor(
      () => {
        const resident = [...pids].map(([who, pid]) => [who, residentMib(pid)] as const);
        expect(resident.filter(([, mib]) => mib > GOAL_MIB)).toEqual([]);
      },
      { timeout: RESTED_WITHIN_MS, interval: 200 },
    );
  },
  RESTED_WITHIN_MS + 30_000,
);

function residentMib(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
