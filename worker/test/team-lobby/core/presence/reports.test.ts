import type { AgentUid, RoomSummary } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { findDead } from '../../../../src/team-lobby/core/presence/heartbeats.ts';
import { ackedRevision } from '../../../../src/team-lobby/core/presence/reports.ts';
import { NOW } from '../../../auth/bodies.ts';
import { agentUid, broadcasts, rigWithHost, summary } from '../rig.ts';

describe('reports', () => {
  it('[R3] are broadcast before they are stored; older ones of the same start are ignored', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const report = (summaryRevision: number, status: 'running' | 'stopped') =>
      rig.do({
        type: 'room-reported',
        report: { agentUid: spec.agentUid, generation: 1, summaryRevision, summary: summary({ status }) },
      });
    const first = report(5, 'running');
    expect(first.map((effect) => effect.type)).toEqual(['broadcast', 'commit']);
    expect(broadcasts(first, 'agent:status')).toMatchObject([{ status: 'running', agent: { name: 'One' } }]);
    for (const revision of [5, 4]) expect(report(revision, 'stopped')).toEqual([]);
    expect(report(6, 'stopped')).toHaveLength(2);
    rig.reset();
    expect(report(6, 'running')).toEqual([]);
    expect(report(7, 'running')).toHaveLength(2);
  });

  it('[R3] presence is broadcast, stored and acked together, and older reports of it are ignored', () => {
    const rig = rigWithHost();
    const uids = ['one', 'two'].map((name) => rig.made(name).spec.agentUid);
    const report = (agentUid: AgentUid, summaryRevision: number, over: Partial<RoomSummary>) => {
      const said = { agentUid, generation: 1, summaryRevision, summary: summary(over) };
      return { said, out: rig.do({ type: 'room-reported', report: said }) };
    };
    for (const uid of uids) report(uid, 1, {});
    const [newest] = uids.map((uid) => report(uid, 3, { viewers: 3 }));
    for (const uid of uids) expect(report(uid, 2, { viewers: 2 }).out).toEqual([]);
    expect(newest?.out).toEqual([]);
    expect(newest && ackedRevision(rig.lobby, newest.said)).toBe(1);
    const out = rig.do({ type: 'presence-due' });
    expect(out.map((effect) => effect.type)).toEqual(['broadcast', 'broadcast', 'commit']);
    expect(broadcasts(out, 'agent:status').map(({ agent }) => agent.viewers)).toEqual([3, 3]);
    expect(newest && ackedRevision(rig.lobby, newest.said)).toBe(3);
    expect(rig.do({ type: 'presence-due' })).toEqual([]);
  });

  it('[R3] a change of status takes pending presence along', () => {
    const rig = rigWithHost();
    const { agentUid } = rig.made().spec;
    const report = (summaryRevision: number, over: Partial<RoomSummary>) =>
      rig.do({
        type: 'room-reported',
        report: { agentUid, generation: 1, summaryRevision, summary: summary(over) },
      });
    report(1, {});
    report(2, { viewers: 1 });
    const out = report(3, { viewers: 1, status: 'stopped' });
    expect(broadcasts(out, 'agent:status')).toMatchObject([{ status: 'stopped', agent: { viewers: 1 } }]);
    expect(rig.do({ type: 'presence-due' })).toEqual([]);
  });

  it('[R3][N1] presence of a deleted agent, or of its previous start, is not broadcast', () => {
    const rig = rigWithHost();
    const { agentUid, agentId } = rig.made().spec;
    const report = (summaryRevision: number, viewers: number) =>
      rig.do({
        type: 'room-reported',
        report: { agentUid, generation: 1, summaryRevision, summary: summary({ viewers }) },
      });
    report(1, 0);
    report(2, 1);
    rig.says({ type: 'agent:delete', payload: { agentId } }, 'd1');
    expect(rig.do({ type: 'presence-due' })).toEqual([]);
  });

  it('[N1] of a deleted agent delete its room, and are not acked until it is deleted', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    rig.says({ type: 'agent:delete', payload: { agentId: spec.agentId } }, 'd1');
    rig.roomDeleted();
    // A placement that was under way comes to the room only now, and the room says so.
    const report = { agentUid: spec.agentUid, generation: 1, summaryRevision: 9, summary: summary() };
    const effects = rig.do({ type: 'room-reported', report });
    expect(effects.filter((effect) => effect.type === 'delete-room')).toEqual([
      { type: 'delete-room', agentUid: spec.agentUid },
    ]);
    expect(ackedRevision(rig.lobby, report)).toBeLessThan(9);
    // It is one errand, however often the room says it, and a reset does not lose it.
    expect(rig.do({ type: 'room-reported', report })).toEqual([]);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['delete-room']);
    rig.roomDeleted();
    expect(rig.reset()).toEqual([]);
  });

  it('of a pending create are kept and not broadcast', () => {
    const rig = rigWithHost();
    rig.create();
    const uid = rig.lobby.names.get('one') ?? agentUid(0);
    const report = { agentUid: uid, generation: 1, summaryRevision: 1, summary: summary({ pid: 7 }) };
    expect(rig.do({ type: 'room-reported', report }).map((effect) => effect.type)).toEqual(['commit']);
    rig.roomPlaced();
    expect(broadcasts(rig.placed(), 'agent:list')[0]?.agents).toMatchObject([{ status: 'running', pid: 7 }]);
  });
});

describe('the sweep', () => {
  it('[H1] 60 s of silence is death; it looks again when the next could be dead, at least 10 s later', () => {
    const peers = [
      { connection: 'dead', lastHeard: NOW - 60_000 },
      { connection: 'old', lastHeard: NOW - 59_999 },
      { connection: 'new', lastHeard: NOW },
    ];
    expect(findDead(peers, NOW)).toEqual({ dead: ['dead'], next: NOW + 10_000 });
    expect(findDead([{ connection: 'new', lastHeard: NOW }], NOW + 30_000)).toEqual({
      dead: [],
      next: NOW + 60_000,
    });
    expect(findDead([], NOW)).toEqual({ dead: [], next: null });
  });
});
