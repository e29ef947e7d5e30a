import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { running } from './requests-rig.ts';
import { commits, E1, event, placementOf, type Rig, sent, TEAM } from './rig.ts';

describe('telling others', () => {
  it('[R1] counts each change of state, and nothing else', () => {
    const rig = running();
    const before = rig.room.durable?.revision ?? 0;
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    expect(rig.room.durable?.revision).toBe(before + 1);
    rig.send('v', 'agent:get_state', { agentId: 'a' });
    expect(rig.room.durable?.revision).toBe(before + 1);
  });

  it('[M7] sends a change of status to every socket of the room', () => {
    const rig = running();
    rig.join('w');
    const effects = rig.batch(event(E1, 2, { type: 'program:status', status: 'running', pid: 9 }));
    for (const to of ['v', 'w'])
      expect(sent(effects, to, 'agent:status')[0]).toMatchObject({ status: 'running', details: { pid: 9 } });
  });

  const reports = (effects: ReturnType<Rig['do']>) => effects.filter((effect) => effect.type === 'report');

  it('[R3] reports its summary until the lobby has acked it: at once, then 1, 2, 4 … 30 s', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    expect(reports(rig.batch(event(E1, 2, { type: 'program:status', status: 'running' })))).toHaveLength(1);
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      expect(nextDeadline(rig.room)).toBe(rig.now + wait * 1000);
      rig.do({ type: 'report-acked', revision: null });
      rig.now += wait * 1000;
      expect(reports(rig.do({ type: 'alarm' }))).toHaveLength(1);
    }
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    expect(nextDeadline(rig.room)).toBeNull();
  });

  it('[R3] a report that a reset lost is sent again by the alarm', () => {
    const rig = running();
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.sleep();
    expect(reports(rig.do({ type: 'alarm' }))).toHaveLength(1);
  });

  it('[R3] an acked report is not sent again after hibernation', () => {
    const rig = running();
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.sleep();
    expect(reports(rig.do({ type: 'alarm' }))).toEqual([]);
  });

  it('[R3] a report of viewers only is sent again, also after hibernation, when the lobby was away', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.watch('w');
    rig.do({ type: 'report-acked', revision: null });
    rig.sleep();
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(1);
  });

  it('[R3] reports viewers one call at a time, at once, and sets no alarm for it', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    const began = rig.watch('w');
    expect(commits(began)).toEqual([]);
    const [first] = reports(began);
    expect(first?.summary.viewers).toBe(1);
    for (const name of ['x', 'y', 'z']) expect(reports(rig.watch(name))).toEqual([]);
    expect(nextDeadline(rig.room)).toBeNull();
    const [second] = reports(rig.do({ type: 'report-acked', revision: first?.revision ?? 0 }));
    expect(second?.summary.viewers).toBe(4);
    expect(reports(rig.do({ type: 'report-acked', revision: second?.revision ?? 0 }))).toEqual([]);
  });

  it('[R3] reports viewers again when the lobby did not accept it', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.watch('w');
    rig.do({ type: 'report-acked', revision: 0 });
    expect(nextDeadline(rig.room)).toBe(rig.now + 1_000);
    rig.now += 1_000;
    expect(reports(rig.do({ type: 'alarm' }))[0]?.summary.viewers).toBe(1);
  });

  it('[R3] a report of viewers that the lobby did not accept is sent again, also after hibernation', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    const before = rig.room.sentRevision;
    rig.now += 1;
    rig.watch('w');
    rig.do({ type: 'report-acked', revision: before });
    rig.sleep();
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(1);
  });

  it('[R3] a change of status does not wait for the answer to a report of viewers', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.watch('w');
    expect(reports(rig.batch(event(E1, 2, { type: 'program:status', status: 'running' })))).toHaveLength(1);
  });

  it('[R3] does not repeat a report that is under way', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.now += 1_000;
    expect(reports(rig.do({ type: 'alarm' }))).toEqual([]);
    expect(nextDeadline(rig.room)).toBeGreaterThan(rig.now);
  });

  it('[R3] a room that lost its sockets reports that they are gone, above its last revision', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    for (const name of ['w', 'x', 'y']) rig.watch(name);
    const before = rig.room.sentRevision;
    rig.do({ type: 'report-acked', revision: before });
    rig.reset();
    rig.now += 1;
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(0);
    expect(report?.revision).toBeGreaterThan(before);
  });

  it('[R3] numbers above a report of an earlier life, whose clock was ahead', () => {
    const rig = running();
    const ahead = rig.room.sentRevision + 5;
    const [report] = reports(rig.do({ type: 'report-acked', revision: ahead }));
    expect(report?.revision).toBeGreaterThan(ahead);
  });

  it('[R3][N2] reports to a lobby that placed it again, whatever the earlier generation sent', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    expect(reports(rig.do({ type: 'placed', team: TEAM, placement: placementOf(2) }))).toHaveLength(1);
  });
});
