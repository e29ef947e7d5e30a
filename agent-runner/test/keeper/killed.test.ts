import type { AgentSpec, Placement } from '@muster/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';
import { isAlive, processesWith } from '../support/processes.ts';

const ROUNDS = process.env['MUSTER_FULL'] === '1' ? 50 : 5;
const GONE_WITHIN_MS = 5_000;

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

const programs: Record<string, (mark: string) => Placement> = {
  'a plain pipe': (mark) => shell('process', 'cat', mark),
  'a terminal with jobs': (mark) =>
    shell('terminal', 'sleep 600 & sleep 601 & trap "" HUP; while :; do sleep 1; done', mark),
  'one that ignores HUP and TERM': (mark) =>
    shell('process', 'trap "" HUP TERM; while :; do sleep 1; done', mark),
  'one that leaves its session': (mark) =>
    shell('process', 'setsid sleep 602 & setsid sleep 603 & cat', mark),
  'an echo': (mark) =>
    host.placement({ kind: 'echo', program: { command: 'echo', args: [] }, environment: marked(mark) }),
};
const marked = (mark: string) => ({ MUSTER_TEST_MARK: mark });
const shell = (kind: 'process' | 'terminal', line: string, mark: string, more: Partial<AgentSpec> = {}) =>
  host.shell(kind, line, { environment: marked(mark), ...more });

test(`[P4] kill -9 of the keeper, ${ROUNDS} times over every kind of program: nothing is left, and it is reported`, async () => {
  await host.run();
  let slowest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [, make] = Object.entries(programs)[round % Object.keys(programs).length] ?? [];
    const mark = `mark-${process.pid}-${round}`;
    const placement = make?.(mark);
    if (placement === undefined) throw new Error('no program');
    const uid = placement.spec.agentUid;
    expect((await host.server.place(placement)).error).toBeUndefined();
    await host.server.status(uid, 'running');
    const keeper = (await host.keeperPid(uid)) ?? 0;
    const before = host.server.room(uid).events.length;
    const from = performance.now();
    process.kill(keeper, 'SIGKILL');
    const told = await host.server.status(uid, 'crashed', before);
    slowest = Math.max(slowest, performance.now() - from);
    expect(processesWith(mark)).toEqual([]);
    expect(told).toMatchObject({ reason: 'the keeper was killed' });
    expect(told.exitCode).toBeUndefined();
    expect(isAlive(keeper)).toBe(false);
    expect(await host.keeperPid(uid)).not.toBe(keeper);
    host.server.sendToRunner({
      type: 'agent:remove',
      payload: { requestId: mark, agentUid: placement.spec.agentUid },
    });
    await host.server.until(
      () =>
        host.server.received.some(
          ({ type, payload }) => type === 'agent:removed' && payload.requestId === mark,
        ),
      'its removal',
    );
  }
  expect(slowest).toBeLessThan(GONE_WITHIN_MS);
  process.stdout.write(`battery 6: ${ROUNDS}/${ROUNDS}, slowest ${Math.round(slowest)} ms\n`);
}, 600_000);

test('[P4] the restart policy applies to a program whose keeper was killed', async () => {
  await host.run();
  const placement = host.shell('process', 'cat', { restart: 'on-failure' });
  const uid = placement.spec.agentUid;
  const first = await host.server.place(placement);
  process.kill((await host.keeperPid(uid)) ?? 0, 'SIGKILL');
  const before = host.server.room(uid).events.length;
  const again = await host.server.status(uid, 'running', before);
  expect(again.pid).not.toBe(first.pid);
});

test('[P4] runner and keeper both killed: the next runner ends what is left', async () => {
  const runner = await host.run();
  const mark = `mark-${process.pid}-both`;
  const placement = shell('process', 'setsid sleep 604 & cat', mark);
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  runner.kill('SIGKILL');
  process.kill((await host.keeperPid(uid)) ?? 0, 'SIGKILL');
  expect(processesWith(mark).length).toBeGreaterThan(0);
  host.server.agents = [placement];
  const before = host.server.room(uid).events.length;
  await host.run();
  await host.server.status(uid, 'crashed', before);
  expect(processesWith(mark)).toEqual([]);
});

test('[P3] a second keeper of an agent does not run', async () => {
  await host.run();
  const placement = host.shell('process', 'cat');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  const second = host.cli('keeper', '--agent', uid);
  const code = await new Promise((resolve) => second.once('exit', resolve));
  expect(code).toBe(3);
  expect(await host.keeperPid(uid)).toBeGreaterThan(0);
});
