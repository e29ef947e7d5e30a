import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSpec, AgentUid, Placement } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stopAll } from '../../src/runner/admin.ts';
import { pidFile } from '../../src/runner/main.ts';
import { TestHost } from '../support/host.ts';

/** How a program of each policy stands before something restarts, and whether it may run after that. */
const POLICIES = ['never', 'on-failure', 'always'] as const;
const ENDS = ['exits with 0', 'fails once', 'is killed once', 'is stopped by a person', 'runs'] as const;
type Policy = (typeof POLICIES)[number];
type End = (typeof ENDS)[number];

/** P10: only people and policies start things; what ran without an end of its own goes on. */
function mayRun(policy: Policy, end: End): boolean {
  if (end === 'is stopped by a person') return false;
  if (end === 'runs') return true;
  if (end === 'exits with 0') return policy === 'always';
  return policy !== 'never';
}

interface Case {
  readonly policy: Policy;
  readonly end: End;
  placement: Placement;
}

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

const uidOf = ({ placement }: Case): AgentUid => placement.spec.agentUid;
const fileOf = (uid: string) => join(host.workspace, `starts-${uid}`);
const startsOf = (uid: string) =>
  existsSync(fileOf(uid)) ? readFileSync(fileOf(uid), 'latin1').split('\n').length - 1 : 0;

function placementOf(policy: Policy, end: End): Placement {
  const made = host.placement({ kind: 'process', restart: policy });
  const file = fileOf(made.spec.agentUid);
  const first = { 'exits with 0': 'exit 0', 'fails once': 'exit 3', 'is killed once': 'kill -9 $$' };
  const ending = end in first ? first[end as keyof typeof first] : ':';
  const line = `n=$(cat ${file} 2>/dev/null | wc -l); echo start >> ${file}; [ $n -gt 0 ] || ${ending}; exec cat`;
  return { ...made, spec: { ...made.spec, program: { command: '/bin/sh', args: ['-c', line] } } };
}

/** Every policy with every end, each as it stands when all that follows of itself has happened. */
async function allCases(): Promise<Case[]> {
  const cases = POLICIES.flatMap((policy) =>
    ENDS.map((end) => ({ policy, end, placement: placementOf(policy, end) })),
  );
  await Promise.all(
    cases.map(async (each) => {
      const uid = uidOf(each);
      expect((await host.server.place(each.placement)).error).toBeUndefined();
      if (each.end === 'is stopped by a person') {
        const payload = (requestId: string) => ({ requestId, force: false });
        await host.server.request(uid, (id) => ({ type: 'program:terminate', payload: payload(id) }));
      }
      await settled(each);
    }),
  );
  host.server.agents = cases.map(({ placement }) => placement);
  return cases;
}

/** Resolves when it runs, or is down for good. */
function settled(each: Case, after = 0): Promise<unknown> {
  const uid = uidOf(each);
  return host.server.until(() => {
    const newest = host.server
      .room(uid)
      .events.slice(after)
      .findLast((event) => event.type === 'program:status');
    if (newest?.type !== 'program:status') return false;
    if (mayRun(each.policy, each.end)) return newest.status === 'running';
    return ['stopped', 'crashed'].includes(newest.status) && !newest.reason?.includes('restarting');
  }, `${each.policy}, ${each.end}`);
}

/** The state of each, to compare with later ones. */
const marksOf = (cases: readonly Case[]) =>
  new Map(cases.map((each) => [each, { starts: startsOf(uidOf(each)), events: eventsOf(each).length }]));
const eventsOf = (each: Case) => host.server.room(uidOf(each)).events;

/** Each has said how it stands since `marks`, and none that may not run was started. */
async function check(
  cases: readonly Case[],
  marks: ReturnType<typeof marksOf>,
  started: 'again' | 'not',
): Promise<void> {
  await Promise.all(cases.map((each) => settled(each, started === 'again' ? marks.get(each)?.events : 0)));
  for (const each of cases) {
    const { starts = 0, events = 0 } = marks.get(each) ?? {};
    const told = eventsOf(each)
      .slice(events)
      .flatMap((event) => (event.type === 'program:status' ? [event.status] : []));
    const runs = mayRun(each.policy, each.end);
    const what = `${each.policy}, ${each.end}: ${told.join(' ')}`;
    if (!runs)
      expect([what, startsOf(uidOf(each)), told.includes('starting')]).toEqual([what, starts, false]);
    if (runs && started === 'again') expect([what, told.includes('starting')]).toEqual([what, true]);
  }
}

/** All at once: to ask for one's status while another dies says nothing of either. */
async function killKeepers(cases: readonly Case[]): Promise<void> {
  const pids = await Promise.all(cases.map((each) => host.keeperPid(uidOf(each))));
  for (const pid of pids) process.kill(pid ?? 0, 'SIGKILL');
}

describe('[P10] what ended is started by people and policies only, after', () => {
  test('a stop and a start of everything', async () => {
    await host.run();
    const cases = await allCases();
    await stopAll(host.data, pidFile(host.data));
    const marks = marksOf(cases);
    await host.run();
    await check(cases, marks, 'again');
  });

  test('kill -9 of the runner', async () => {
    const runner = await host.run();
    const cases = await allCases();
    runner.kill('SIGKILL');
    const marks = marksOf(cases);
    const hellos = host.server.received.filter(({ type }) => type === 'keeper:link').length;
    await host.run();
    await host.server.until(
      () => host.server.received.filter(({ type }) => type === 'keeper:link').length >= hellos + cases.length,
      'every adoption',
    );
    await check(cases, marks, 'not');
  });

  test('kill -9 of the keepers', async () => {
    await host.run();
    const cases = await allCases();
    const marks = marksOf(cases);
    const live = cases.filter(({ policy, end }) => end !== 'runs' || policy !== 'never');
    await killKeepers(live);
    // A program under `never` was lost with its keeper, and is not started again: see killed.test.ts.
    await Promise.all(live.map((each) => settled(each, marks.get(each)?.events)));
    await check(live, marks, 'again');
    // And once more: what the first keeper left on disk must not be used up.
    const then = marksOf(live);
    await killKeepers(live);
    await check(live, then, 'again');
  }, 60_000);

  test('kill -9 of runner and keepers', async () => {
    const runner = await host.run();
    const cases = (await allCases()).filter(({ policy, end }) => end !== 'runs' || policy !== 'never');
    const keepers = await Promise.all(cases.map((each) => host.keeperPid(uidOf(each))));
    runner.kill('SIGKILL');
    const marks = marksOf(cases);
    for (const pid of keepers) process.kill(pid ?? 0, 'SIGKILL');
    await host.run();
    await check(cases, marks, 'again');
  });

  test('a restart of the server', async () => {
    await host.run();
    const cases = await allCases();
    const marks = marksOf(cases);
    const { agents } = host.server;
    const hellos = cases.map((each) => host.server.room(uidOf(each)).hellos);
    for (const each of cases) host.server.room(uidOf(each)).socket?.terminate();
    host.server.runner?.terminate();
    host.server.agents = agents;
    await host.server.until(
      () => cases.every((each, index) => host.server.room(uidOf(each)).hellos > (hellos[index] ?? 0)),
      'every keeper',
    );
    await check(cases, marks, 'not');
  });

  test('being placed again, and with a changed spec', async () => {
    await host.run();
    const cases = await allCases();
    const marks = marksOf(cases);
    await Promise.all(cases.map(({ placement }) => host.server.place(placement)));
    const changed = (spec: AgentSpec) => ({ ...spec, restart: 'always' as const, environment: { A: 'b' } });
    for (const each of cases) each.placement = { ...each.placement, spec: changed(each.placement.spec) };
    await Promise.all(cases.map(({ placement }) => host.server.place(placement)));
    await check(cases, marks, 'not');
  });

  test('being placed under a new generation', async () => {
    await host.run();
    const cases = (await allCases()).filter(({ policy, end }) => !mayRun(policy, end));
    const marks = marksOf(cases);
    for (const each of cases) each.placement = { ...each.placement, generation: 2 };
    const placed = await Promise.all(cases.map(({ placement }) => host.server.place(placement)));
    expect(placed.flatMap(({ pid }) => pid ?? [])).toEqual([]);
    for (const each of cases) expect(startsOf(uidOf(each))).toBe(marks.get(each)?.starts);
  });

  test('the loss of the data: as the lobby says', async () => {
    const cases = POLICIES.flatMap((policy) => [
      { placement: placementOf(policy, 'runs'), wanted: true },
      { placement: placementOf(policy, 'runs'), wanted: false },
      { placement: placementOf(policy, 'runs'), wanted: undefined },
    ]);
    host.server.welcomes = cases.map(({ placement, wanted }) => ({ ...placement, wanted }));
    const begun = () =>
      cases.every(({ placement }) => host.server.room(placement.spec.agentUid).events.length >= 2);
    const runner = await host.run();
    await host.server.until(begun, 'every keeper');
    for (const { placement, wanted = placement.spec.restart === 'always' } of cases) {
      if (wanted) await host.server.status(placement.spec.agentUid, 'running');
      else expect(startsOf(placement.spec.agentUid)).toBe(0);
    }
    // Not by the next runner either.
    runner.kill('SIGTERM');
    await stopAll(host.data, pidFile(host.data));
    const before = cases.map(({ placement }) => host.server.room(placement.spec.agentUid).events.length);
    host.server.welcomes = null;
    host.server.agents = cases.map(({ placement }) => placement);
    await host.run();
    await host.server.until(
      () =>
        cases.every(
          ({ placement }, at) => host.server.room(placement.spec.agentUid).events.length > (before[at] ?? 0),
        ),
      'every keeper again',
    );
    for (const { placement, wanted = placement.spec.restart === 'always' } of cases) {
      if (wanted) await host.server.status(placement.spec.agentUid, 'running');
      else expect(startsOf(placement.spec.agentUid)).toBe(0);
    }
  });
});

test('[P10] the next keeper still reports how it ended', async () => {
  await host.run();
  const placement = host.shell('process', 'exit 3');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  await host.server.status(uid, 'crashed');
  await stopAll(host.data, pidFile(host.data));
  const before = host.server.room(uid).events.length;
  host.server.agents = [placement];
  await host.run();
  expect(await host.server.status(uid, 'crashed', before)).toMatchObject({ exitCode: 3 });
});
