import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AcpAgent } from '../support/acp-rig.ts';
import { TestHost } from '../support/host.ts';

/** F11, MB. 44 of them are pages of Node's own file, which all keepers of a host share. */
const GOAL_MB = { idle: 60, screen: 80, history: 130, conversation: 70 };
/** From its start to its rest, ms, on a busy machine. */
const RESTED_WITHIN_MS = 30_000;

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

test.runIf(process.platform === 'linux')(
  `[F11] an idle runner and its idle keepers come to rest within ${GOAL_MB.idle} MB each`,
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
    await rests(pids, GOAL_MB.idle);
  },
  RESTED_WITHIN_MS + 30_000,
);

const COLUMNS = 200;
const LINES = 5_000;
/** In the shell's words: every cell has a colour of its own. */
const COLOURED = `awk 'BEGIN { for (l = 0; l < ${LINES}; l++) { for (c = 0; c < ${COLUMNS}; c++) \
  printf "\\033[38;5;%dm%c", (l * 7 + c) % 256, 65 + c % 26; print "" } }'`;

test.runIf(process.platform === 'linux').each([
  ['an empty terminal', 'printf .; exec cat', GOAL_MB.screen],
  [`${LINES} coloured lines of ${COLUMNS} cells`, `${COLOURED}; exec cat`, GOAL_MB.history],
] as const)(
  '[F11] a keeper that follows %s comes to rest within its goal',
  async (_, line, goal) => {
    await host.run();
    const placement = host.shell('terminal', line, { terminal: { cols: COLUMNS, rows: 50 } });
    const { agentUid } = placement.spec;
    expect((await host.server.place(placement)).error).toBeUndefined();
    const room = host.server.room(agentUid);
    await host.server.until(() => room.model.snapshots.length > 0, 'a snapshot');
    await rests(new Map([['keeper', await host.keeperPid(agentUid)]]), goal);
  },
  RESTED_WITHIN_MS + 60_000,
);

test.runIf(process.platform === 'linux')(
  `[C15] a keeper with an adapter comes to rest within ${GOAL_MB.conversation} MB`,
  async () => {
    await host.run();
    const agent = await AcpAgent.place(host);
    await agent.turn('tool');
    await rests(new Map([['keeper', await host.keeperPid(agent.uid)]]), GOAL_MB.conversation);
  },
  RESTED_WITHIN_MS + 30_000,
);

function rests(pids: ReadonlyMap<string, number | undefined>, goal: number): Promise<void> {
  return vi.waitFor(
    () => {
      const resident = [...pids].map(([who, pid]) => [who, residentMb(pid)] as const);
      expect(resident.filter(([, mb]) => mb > goal)).toEqual([]);
    },
    { timeout: RESTED_WITHIN_MS, interval: 200 },
  );
}

function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
