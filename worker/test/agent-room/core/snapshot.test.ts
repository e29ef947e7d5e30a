import { asFetched, encodeBatch, MIB, STREAM } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import {
  commits,
  E1,
  E2,
  event,
  KEEPER,
  keeperMessages,
  opened,
  output,
  placementOf,
  type Rig,
  running,
  screen,
  sent,
  sequencesTo,
  snapshotsTo,
  TEAM,
} from './rig.ts';

/** One frame of half a MiB. */
const half = (sequence: number, epoch = E1) => {
  const data = new Uint8Array(MIB / 2);
  return encodeBatch({
    kind: 'output',
    epoch,
    first: sequence,
    chunks: [{ stream: STREAM.stdout, data, time: 1 }],
  });
};
const grow = (rig: Rig, from: number, to: number) => {
  for (let sequence = from; sequence <= to; sequence += 1) rig.batch(half(sequence));
};
const placeOf = (rig: Rig, viewer: string) => rig.room.viewers.get(viewer)?.subscription?.at;
/** Reads all it is sent until it is live. */
function readOn(rig: Rig, viewer: string, epoch = E1): void {
  for (let turn = 0; turn < 60 && placeOf(rig, viewer) !== 'live'; turn += 1) {
    const at = Math.max(
      0,
      ...sequencesTo(rig.effects, viewer),
      ...snapshotsTo(rig.effects, viewer).map((s) => s.sequence),
    );
    rig.send(viewer, 'flow:ack', { epoch, sequence: at });
  }
}

describe('the kept snapshot', () => {
  it('[S14] is the newest, stored with the frames it stands for, and survives an eviction', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a', 'b'));
    const effects = rig.batch(screen(E1, 3));
    const commit = commits(effects)[0];
    expect(commit?.snapshot).toMatchObject({ epoch: E1, sequence: 3 });
    expect(commit?.segments?.[0]?.last).toBe(3);
    expect(keeperMessages(effects, 'stream:ack')).toEqual([{ epoch: E1, sequence: 3 }]);
    rig.sleep();
    expect(rig.room.snapshot).toMatchObject({ epoch: E1, sequence: 3 });
    expect(snapshotsTo(rig.watch('v'), 'v')).toEqual([{ epoch: E1, sequence: 3, after: 0 }]);
  });

  it('[S14, S7] a replay that begins with it says so, so that a reader waits for it and nothing less', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a', 'b'));
    rig.batch(screen(E1, 3));
    expect(sent(rig.watch('v'), 'v', 'replay:begin')).toMatchObject([{ from: { epoch: E1, sequence: 3 } }]);
  });

  it.each([
    ['of another epoch', E2, 2],
    ['of frames that are not here yet', E1, 4],
    ['no newer than the one kept', E1, 2],
  ])('[S14] one %s is ignored', (_what, epoch, sequence) => {
    const rig = running();
    rig.batch(output(E1, 2, 'a', 'b'));
    rig.batch(screen(E1, 2));
    expect(commits(rig.batch(screen(epoch, sequence)))).toEqual([]);
    expect(rig.room.snapshot).toMatchObject({ epoch: E1, sequence: 2 });
  });

  it('[S14] [N2] is taken from this agent’s keeper only, and of terminals only', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    expect(rig.batch(screen(E1, 2), 'another')).toEqual([]);
    rig.do({ type: 'placed', team: TEAM, placement: placementOf(2, 'process') });
    rig.hello(KEEPER, { generation: 2 });
    rig.batch(screen(E1, 2));
    expect(rig.room.snapshot).toBeNull();
  });

  it('[S6a] of an ended epoch is the last screen until the new epoch prints', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    rig.batch(screen(E1, 2));
    rig.batch(output(E1, 3, 'b'));
    rig.batch(opened(E2, { epoch: E1, last: 3, complete: true }));
    rig.batch(event(E2, 2, { type: 'program:status', status: 'stopped' }));
    const effects = rig.watch('v');
    expect(snapshotsTo(effects, 'v')).toEqual([{ epoch: E1, sequence: 2, after: 0 }]);
    expect(sequencesTo(effects, 'v')).toEqual([3]);
    expect(sent(effects, 'v', 'stream:epoch')).toMatchObject([{ ended: { epoch: E1, last: 3 }, epoch: E2 }]);
    expect(sent(effects, 'v', 'replay:gap')).toEqual([]);
    expect(placeOf(rig, 'v')).toBe('live');

    rig.batch(output(E2, 3, 'new'));
    rig.flush();
    rig.sleep();
    expect(rig.room.snapshot).toBeNull();
    expect(snapshotsTo(rig.watch('w'), 'w')).toEqual([]);
  });

  it('[S6a] of an ended epoch is given to a cursor nobody knows, after the mark of its lost end', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    rig.batch(screen(E1, 2));
    rig.batch(opened(E2, { epoch: E1, last: 2, complete: true }));
    const effects = rig.watch('v', { after: { epoch: '00000000000000ff', sequence: 9 } });
    expect(sent(effects, 'v', 'replay:gap')).toMatchObject([{ from: 10, to: null }]);
    expect(sent(effects, 'v', 'stream:epoch').map(({ epoch }) => epoch)).toEqual([E1, E2]);
    expect(snapshotsTo(effects, 'v')).toHaveLength(1);
  });
});

describe('attaching to a terminal', () => {
  it('[S14] is the snapshot and then all after it, whether the host is there or not', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a', 'b'));
    rig.batch(screen(E1, 3));
    rig.batch(output(E1, 4, 'c'));
    rig.do({ type: 'disconnected', connection: KEEPER });
    const effects = rig.watch('v');
    expect(snapshotsTo(effects, 'v')).toEqual([{ epoch: E1, sequence: 3, after: 0 }]);
    expect(sequencesTo(effects, 'v')).toEqual([4]);
    expect(placeOf(rig, 'v')).toBe('live');
  });

  it('[S6] what a cursor missed, as long as that is not more than 1 MiB', () => {
    const rig = running();
    grow(rig, 2, 3);
    rig.batch(screen(E1, 3));
    const effects = rig.watch('v', { after: { epoch: E1, sequence: 1 } });
    readOn(rig, 'v');
    expect(snapshotsTo(effects, 'v')).toEqual([]);
    expect(sequencesTo(rig.effects, 'v')).toEqual([2, 3]);
  });

  it('[S14] the snapshot instead of more than that, where it is ahead of the cursor and the smaller', () => {
    const rig = running();
    grow(rig, 2, 6);
    rig.batch(screen(E1, 5));
    const ahead = rig.watch('ahead', { after: { epoch: E1, sequence: 2 } });
    expect(snapshotsTo(ahead, 'ahead')).toEqual([{ epoch: E1, sequence: 5, after: 0 }]);
    expect(sequencesTo(ahead, 'ahead')).toEqual([6]);

    grow(rig, 7, 9);
    const behind = rig.watch('behind', { after: { epoch: E1, sequence: 5 } });
    readOn(rig, 'behind');
    expect(snapshotsTo(behind, 'behind')).toEqual([]);
    expect(sequencesTo(rig.effects, 'behind')).toEqual([6, 7, 8, 9]);

    rig.batch(screen(E1, 9, 900_000));
    const large = rig.watch('large', { after: { epoch: E1, sequence: 8 } });
    expect(snapshotsTo(large, 'large')).toEqual([]);
  });

  it('[S6] a full reader is never given one', () => {
    const rig = running();
    grow(rig, 2, 6);
    rig.batch(screen(E1, 6));
    rig.watch('v', { history: 'full' });
    readOn(rig, 'v');
    expect(snapshotsTo(rig.effects, 'v')).toEqual([]);
    expect(sequencesTo(rig.effects, 'v')).toEqual([2, 3, 4, 5, 6]);
  });

  it('[S14] what follows the snapshot and the room no longer has comes from the host’s disk', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    rig.batch(screen(E1, 2));
    rig.batch(output(E1, 3, 'b'));
    rig.flush();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 4, 'c'));
    const effects = rig.watch('v');
    expect(keeperMessages(effects, 'stream:fetch')).toMatchObject([{ epoch: E1, from: 3, to: 3 }]);
    expect(sent(effects, 'v', 'replay:gap')).toEqual([]);
    rig.batch(asFetched(output(E1, 3, 'b')));
    readOn(rig, 'v');
    expect(sequencesTo(rig.effects, 'v')).toEqual([3, 4]);
  });

  it('[S6] without any snapshot what is gone is a gap, as before', () => {
    const rig = running();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 2, 'a'));
    expect(sent(rig.watch('v', { after: { epoch: E1, sequence: 0 } }), 'v', 'replay:gap')).toMatchObject([
      { from: 1, to: 1 },
    ]);
  });
});

describe('a parked viewer of a terminal', () => {
  it('[S8] that falls far behind is given the snapshot and goes on from there', () => {
    const rig = running();
    rig.watch('v');
    grow(rig, 2, 9);
    rig.batch(screen(E1, 8));
    readOn(rig, 'v');
    const seen = sequencesTo(rig.effects, 'v');
    expect(snapshotsTo(rig.effects, 'v')).toMatchObject([{ sequence: 8 }]);
    expect(seen).toEqual([2, 3, 9]);
    expect(placeOf(rig, 'v')).toBe('live');
  });

  it('[S8] counts the snapshot as unacked', () => {
    const rig = running();
    grow(rig, 2, 6);
    rig.batch(screen(E1, 5, 900_000));
    expect(sequencesTo(rig.watch('v'), 'v')).toEqual([]);
    expect(placeOf(rig, 'v')).toEqual({ epoch: E1, from: 6 });
    expect(sequencesTo(rig.send('v', 'flow:ack', { epoch: E1, sequence: 5 }), 'v')).toEqual([6]);
  });

  it('[S14] need not wait for the host’s disk when a newer snapshot comes', () => {
    const rig = running();
    rig.batch(screen(E1, 1));
    grow(rig, 2, 4);
    rig.flush();
    rig.room.segments.list.length = 0;
    rig.batch(output(E1, 5, 'x'));
    expect(keeperMessages(rig.watch('v'), 'stream:fetch')).toHaveLength(1);
    const effects = rig.batch(screen(E1, 5));
    expect(snapshotsTo(effects, 'v')).toMatchObject([{ sequence: 5 }]);
    expect(placeOf(rig, 'v')).toBe('live');
    // The answer comes all the same, and nobody waits for it.
    expect(rig.batch(asFetched(half(2)))).toEqual([]);
  });
});

describe('a snapshot that lags behind', () => {
  it('[S14] is asked for anew, once until it is answered or the link is another', () => {
    const rig = running();
    rig.batch(screen(E1, 1));
    grow(rig, 2, 12);
    expect(keeperMessages(rig.watch('v'), 'snapshot:request')).toHaveLength(1);
    expect(keeperMessages(rig.watch('w'), 'snapshot:request')).toEqual([]);
    rig.batch(screen(E1, 2));
    expect(keeperMessages(rig.watch('x'), 'snapshot:request')).toHaveLength(1);
    rig.hello('keeper-2');
    expect(keeperMessages(rig.watch('y'), 'snapshot:request')).toHaveLength(1);
  });

  it('[S14] is not asked for where it is near, where the host is away, or of what is no terminal', () => {
    const rig = running();
    grow(rig, 2, 12);
    rig.batch(screen(E1, 11));
    expect(keeperMessages(rig.watch('v'), 'snapshot:request')).toEqual([]);
    grow(rig, 13, 25);
    rig.lastSeenAt.set(KEEPER, rig.now - ROOM_LIMITS.keeperSilence - 1);
    expect(keeperMessages(rig.watch('w'), 'snapshot:request')).toEqual([]);
    rig.lastSeenAt.clear();
    rig.do({ type: 'placed', team: TEAM, placement: placementOf(1, 'process') });
    expect(keeperMessages(rig.watch('x'), 'snapshot:request')).toEqual([]);
  });
});
