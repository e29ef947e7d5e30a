import { type AgentLimit, LIMITS, MIB, type RequestHead } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { inboxList, requestPage } from '../../../../src/team-lobby/core/inbox/index.ts';
import { LOBBY } from '../../../../src/team-lobby/core/limits.ts';
import type { Effect } from '../../../../src/team-lobby/core/types.ts';
import { visibleList, visibleMessage } from '../../../../src/team-lobby/core/visibility/visibility.ts';
import { broadcasts, headOf, type Rig, rigWithHost, summary } from '../rig.ts';

const LIMITED: AgentLimit[] = [{ labels: { team: 'red' } }];

const listed = (rig: Rig, limits: AgentLimit[] = []): string[] => {
  const list = visibleList(rig.lobby, limits, inboxList(rig.lobby));
  return list.type === 'inbox:list' ? list.payload.requests.map(({ permissionId }) => permissionId) : [];
};

const changes = (out: readonly Effect[]) =>
  broadcasts(out, 'inbox:changed').map(({ permissionId, request }) => [permissionId, request?.title ?? null]);

const types = (out: readonly Effect[]) =>
  out.map((effect) => (effect.type === 'broadcast' ? effect.message.type : effect.type));

/** Requests of an agent, numbered from 1. */
const heads = (count: number, over: Partial<RequestHead> = {}) =>
  Array.from({ length: count }, (_, index) => headOf({ number: index + 1, ...over }));

describe('the inbox', () => {
  it('[C7] has what a room reports as pending, tells all who may see the agent, and stores it once', () => {
    const rig = rigWithHost();
    const row = rig.made();
    const out = rig.reportsRequests(row, [headOf()]);
    expect(types(out)).toEqual(['agent:status', 'inbox:changed', 'commit', 'notice']);
    expect(broadcasts(out, 'inbox:changed')).toEqual([{ permissionId: 'one.p1', request: headOf() }]);
    expect(out).toContainEqual(expect.objectContaining({ type: 'broadcast', about: row.spec }));
    expect(listed(rig)).toEqual(['one.p1']);
  });

  it('[C7] holds all of it after a reset, and loses it with the next report', () => {
    const rig = rigWithHost();
    const row = rig.made();
    rig.reportsRequests(row, heads(2));
    rig.reset();
    expect(listed(rig)).toEqual(['one.p2', 'one.p1']);
    expect(changes(rig.reportsRequests(row, [headOf({ number: 2 })]))).toEqual([['one.p1', null]]);
    rig.reset();
    expect(listed(rig)).toEqual(['one.p2']);
    expect(changes(rig.reportsRequests(row, []))).toEqual([['one.p2', null]]);
    expect(rig.store.load().requests).toEqual([]);
  });

  it('[C7] tells of a request that changed, and of no other', () => {
    const rig = rigWithHost();
    const row = rig.made();
    rig.reportsRequests(row, heads(2));
    const changed = [headOf({ number: 1 }), headOf({ number: 2, title: 'Run ls -l' })];
    expect(changes(rig.reportsRequests(row, changed))).toEqual([['one.p2', 'Run ls -l']]);
    expect(listed(rig)).toEqual(['one.p2', 'one.p1']);
  });

  it('[R3] a report with the same requests and other viewers waits for others, one with other requests does not', () => {
    const rig = rigWithHost();
    const { agentUid } = rig.made().spec;
    const report = (summaryRevision: number, viewers: number, requests: RequestHead[]) => {
      const said = { agentUid, generation: 1, summaryRevision, summary: summary({ viewers }), requests };
      return types(rig.do({ type: 'room-reported', report: said }));
    };
    report(1, 0, [headOf()]);
    expect(report(2, 1, [headOf()])).toEqual([]);
    expect(report(3, 2, [])).toEqual(['agent:status', 'inbox:changed', 'commit', 'notice']);
    expect(rig.do({ type: 'presence-due' })).toEqual([]);
  });

  it('[R3] an older report, and one of another generation, change nothing', () => {
    const rig = rigWithHost();
    const { agentUid } = rig.made().spec;
    const report = (generation: number, summaryRevision: number, requests: RequestHead[]) =>
      rig.do({
        type: 'room-reported',
        report: { agentUid, generation, summaryRevision, summary: summary(), requests },
      });
    report(1, 5, [headOf()]);
    for (const [generation, revision] of [
      [1, 4],
      [1, 5],
      [2, 9],
    ] as const)
      expect(report(generation, revision, [])).toEqual([]);
    expect(listed(rig)).toEqual(['one.p1']);
  });

  it('[C7] a room of an earlier version, which reports no requests, has none', () => {
    const rig = rigWithHost();
    const row = rig.made();
    rig.reportsRequests(row, [headOf()]);
    const report = { agentUid: row.spec.agentUid, generation: 1, summaryRevision: 99, summary: summary() };
    expect(changes(rig.do({ type: 'room-reported', report }))).toEqual([['one.p1', null]]);
  });

  it('[N1] what a deleted agent asked goes with it, and comes back with no later report', () => {
    const rig = rigWithHost();
    const row = rig.made();
    rig.reportsRequests(row, [headOf()]);
    rig.out = [];
    rig.says({ type: 'agent:delete', payload: { agentId: row.spec.agentId } }, 'd');
    expect(changes(rig.out)).toEqual([['one.p1', null]]);
    rig.reportsRequests(row, [headOf()]);
    expect(listed(rig)).toEqual([]);
    expect(rig.store.load().requests).toEqual([]);
  });

  it('[C7] a request in the name of another agent, one that cannot be read, and a second of the same id are left out', () => {
    const rig = rigWithHost();
    const row = rig.made();
    const long = { ...headOf({ number: 3 }), argument: 'x'.repeat(LIMITS.requestHeadChars + 1) };
    const two = headOf({ agentId: rig.made('two').spec.agentId });
    const disguised = { ...two, agentId: row.spec.agentId };
    rig.reportsRequests(row, [headOf(), headOf(), two, disguised, long]);
    expect(listed(rig)).toEqual(['one.p1']);
  });
});

describe('the bounds of the inbox', () => {
  const large = 'é'.repeat(LIMITS.requestHeadChars);

  it('[C7] an agent has its share: the newest that fit, the others as soon as some are answered', () => {
    const rig = rigWithHost();
    const row = rig.made();
    const all = heads(LIMITS.openRequests, { argument: large });
    rig.reportsRequests(row, all);
    const kept = listed(rig);
    expect(rig.store.load().requests[0]?.bytes).toBeLessThanOrEqual(LOBBY.agentRequestBytes);
    expect(kept).toEqual(['one.p100', 'one.p99', 'one.p98']);
    rig.reportsRequests(row, all.slice(0, -3));
    expect(listed(rig)).toEqual(['one.p97', 'one.p96', 'one.p95']);
  });

  it('[C7] however much the agents ask, a team keeps 4 MiB of it and one message holds the list', () => {
    const rig = rigWithHost();
    const count = Math.ceil(LOBBY.requestBytes / LOBBY.agentRequestBytes) + 60;
    // The rig's host takes 100 agents; the core is asked as if it had taken more.
    const row = rig.made();
    const number = (index: number) => `a${index}`;
    for (let index = 0; index < count; index += 1) {
      const agentUid =
        `00000000-0000-4000-9000-${index.toString(16).padStart(12, '0')}` as typeof row.spec.agentUid;
      const agentId = number(index) as typeof row.spec.agentId;
      const other = { ...row, spec: { ...row.spec, agentUid, agentId } };
      rig.lobby.agents.set(agentUid, other);
      const mine = [1, 2, 3].map((one) => headOf({ agentId, number: one, argument: large }));
      rig.reportsRequests(other, mine);
    }
    const total = [...rig.lobby.requests.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total).toBeLessThanOrEqual(LOBBY.requestBytes);
    expect(total).toBeGreaterThan(LOBBY.requestBytes - LOBBY.agentRequestBytes);
    expect(new TextEncoder().encode(JSON.stringify(inboxList(rig.lobby))).length).toBeLessThan(MIB);
    expect(listed(rig).length).toBeGreaterThan(50);
  });
});

describe('[X5] a member who is limited to some agents', () => {
  it('hears of no request of an agent that is hidden from them', () => {
    const rig = rigWithHost();
    const seen = rig.made('one', { labels: { team: 'red' } });
    const hidden = rig.made('two');
    rig.reportsRequests(seen, [headOf()]);
    const out = rig.reportsRequests(hidden, [headOf({ agentId: hidden.spec.agentId })]);
    expect(listed(rig)).toEqual(['two.p1', 'one.p1']);
    expect(listed(rig, LIMITED)).toEqual(['one.p1']);
    expect(requestPage(rig.lobby, LIMITED, { limit: 9 }).requests.map(({ agentId }) => agentId)).toEqual([
      'one',
    ]);
    const told = out.flatMap((effect) =>
      effect.type === 'broadcast' && effect.message.type === 'inbox:changed'
        ? [visibleMessage(rig.lobby, LIMITED, effect.message, effect.about ?? null)]
        : [],
    );
    expect(told).toEqual([null]);
  });

  it('gets the list anew when the labels of an agent that asks change', () => {
    const rig = rigWithHost();
    const { spec } = rig.made('one', { labels: { team: 'red' } });
    const relabel = (labels: Record<string, string>) => {
      rig.out = [];
      rig.says({ type: 'agent:update', payload: { agentId: spec.agentId, labels } }, JSON.stringify(labels));
      return broadcasts(rig.out, 'inbox:list').length;
    };
    expect(relabel({ team: 'blue' })).toBe(0);
    rig.reportsRequests({ ...rig.made('two'), spec }, [headOf()]);
    expect(relabel({ team: 'red' })).toBe(1);
    expect(listed(rig, LIMITED)).toEqual(['one.p1']);
  });
});

it('pages of the inbox are the newest first, each request once, and the last says so', () => {
  const rig = rigWithHost();
  const row = rig.made();
  rig.reportsRequests(row, heads(5));
  const first = requestPage(rig.lobby, [], { limit: 2 });
  const second = requestPage(rig.lobby, [], { limit: 2, before: first.next ?? 0 });
  const third = requestPage(rig.lobby, [], { limit: 2, before: second.next ?? 0 });
  const ids = [first, second, third].map(({ requests }) => requests.map(({ permissionId }) => permissionId));
  expect(ids).toEqual([['one.p5', 'one.p4'], ['one.p3', 'one.p2'], ['one.p1']]);
  expect(third.next).toBeNull();
});

it('[C4] a socket gets the inbox behind agents and hosts, when it joins and when its rights change', () => {
  const rig = rigWithHost();
  for (const type of ['viewer-joined', 'member-renewed'] as const) {
    const sent = rig.do({ type, connection: 'v' });
    expect(sent.map((effect) => effect.type === 'send' && effect.message.type)).toEqual([
      'agent:list',
      'host:list',
      'inbox:list',
    ]);
  }
});
