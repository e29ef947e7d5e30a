import { randomBytes } from 'node:crypto';
import { encodeBatch } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { commits, E1, opened, placementOf, Rig, screen, TEAM, textTo } from './rig.ts';

const PART = 256 * 1024;
const DAY = 86_400_000;

/** A room that records, or not, and the next number of its stream. */
function recorder(recording = true) {
  const rig = new Rig();
  record(rig, recording);
  rig.hello();
  rig.batch(opened(E1));
  rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
  return { rig, next: 2 };
}

function record(rig: Rig, recording: boolean) {
  const { spec, generation } = placementOf();
  return rig.do({ type: 'placed', team: TEAM, placement: { spec: { ...spec, recording }, generation } });
}

/** So many segments of 256 KiB in 100 frames each. */
function print(run: { rig: Rig; next: number }, parts: number) {
  for (let part = 0; part < parts; part += 1) {
    const data = randomBytes(PART / 100);
    const chunks = Array.from({ length: 100 }, () => ({ stream: 0, data, time: run.rig.now }));
    run.rig.batch(encodeBatch({ kind: 'output', epoch: E1, first: run.next, chunks }));
    run.rig.flush();
    run.next += 100;
  }
}

const keptBytes = ({ rig }: { rig: Rig }) =>
  rig.store.load().segments.reduce((sum, { bytes }) => sum + bytes, 0);

describe('a recording', () => {
  it('[S5] keeps what a room without one lets go', () => {
    const on = recorder();
    const off = recorder(false);
    print(on, 60);
    print(off, 60);
    expect(keptBytes(on)).toBeGreaterThan(14 * 2 ** 20);
    expect(keptBytes(off)).toBeLessThan(ROOM_LIMITS.keptBytes + 3 * PART);
  });

  it('[S5] turned off it is let go at once, but for what S5 keeps, over a sleep too', () => {
    const run = recorder();
    print(run, 60);
    run.rig.batch(screen(E1, run.next - 1));
    run.rig.sleep();
    expect(run.rig.room.keyframes).toHaveLength(1);
    record(run.rig, false);
    expect(keptBytes(run)).toBeLessThan(ROOM_LIMITS.keptBytes + 3 * PART);
    expect(run.rig.store.load().keyframes).toEqual([]);
    run.rig.sleep();
    expect(nextDeadline(run.rig.room)).toBeNull();
  });

  it('[H2] idle it lets go what is over its time by the alarm, and then rests', () => {
    const run = recorder();
    print(run, 60);
    const due = nextDeadline(run.rig.room);
    expect(due).toBe(run.rig.now + ROOM_LIMITS.recordedTime + DAY);
    run.rig.now = due ?? 0;
    const effects = run.rig.do({ type: 'alarm' });
    expect(commits(effects)[0]?.dropSlots?.length).toBeGreaterThan(20);
    expect(keptBytes(run)).toBeLessThan(ROOM_LIMITS.keptBytes + 3 * PART);
    expect(nextDeadline(run.rig.room)).toBeNull();
    expect(commits(run.rig.do({ type: 'alarm' }))).toEqual([]);
  });

  it('[H2] a room that records little, or nothing, has no alarm for it', () => {
    const little = recorder();
    print(little, 10);
    const off = recorder(false);
    print(off, 60);
    expect([nextDeadline(little.rig.room), nextDeadline(off.rig.room)]).toEqual([null, null]);
  });

  it('[S5] [S14] keeps a screen where enough was printed since the last, with what follows it', () => {
    const run = recorder();
    print(run, 4);
    run.rig.batch(screen(E1, run.next - 1, 100_000));
    print(run, 1);
    run.rig.batch(screen(E1, run.next - 1, 100_000));
    print(run, 4);
    run.rig.batch(screen(E1, run.next - 1, 100_000));
    expect(run.rig.store.load().keyframes.map(({ sequence }) => sequence)).toEqual([401, 901]);
    expect(run.rig.store.readKeyframe(1).length).toBeGreaterThan(100_000);
    run.rig.now += ROOM_LIMITS.recordedTime + DAY;
    print(run, 40);
    expect(run.rig.store.load().keyframes.map(({ sequence }) => sequence)).toEqual([901]);
    expect(run.rig.room.segments.list[0]?.first).toBe(902);
  });

  it('[S6] a new viewer is given no more of a recording than of any stream', () => {
    const run = recorder();
    print(run, 60);
    run.rig.watch('v');
    const first = run.rig.room.viewers.get('v')?.subscription?.at;
    const at = run.rig.store
      .load()
      .segments.findIndex(({ last }) => first !== 'live' && last >= (first?.from ?? 0));
    expect(at).toBeGreaterThan(20);
    expect(textTo(run.rig.effects, 'v').length).toBeGreaterThan(0);
  });
});
