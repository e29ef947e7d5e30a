import { describe, expect, it } from 'vitest';
import { unacked } from '../../../src/agent-room/core/flow/live.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { E1, E2, opened, output, running, sequencesTo } from './rig.ts';
import { big, placeOf } from './viewers-rig.ts';

describe('credit', () => {
  it('[S8] parks a viewer at 1 MiB unacked, and nobody else', () => {
    const rig = running();
    rig.watch('slow');
    rig.watch('fast');
    let first = 2;
    for (let batch = 0; batch < 15; batch += 1) {
      rig.batch(big(first));
      first += 10;
      rig.send('fast', 'flow:ack', { epoch: E1, sequence: first - 1 });
    }
    expect(rig.room.viewers.get('slow')?.subscription?.at).not.toBe('live');
    expect(rig.room.viewers.get('fast')?.subscription?.at).toBe('live');
    expect(sequencesTo(rig.effects, 'fast')).toHaveLength(150);
    expect(sequencesTo(rig.effects, 'slow').length).toBeLessThan(120);
  });

  it('[S8] feeds a parked viewer from 512 KiB down, 256 KiB a message and 768 KiB under way, and makes it live at the tail', () => {
    const rig = running();
    rig.watch('v');
    for (let first = 2; first < 302; first += 10) rig.batch(big(first));
    const seen = () => Math.max(...sequencesTo(rig.effects, 'v'));
    let acks = 0;
    for (; rig.room.viewers.get('v')?.subscription?.at !== 'live'; acks += 1) {
      const before = sequencesTo(rig.effects, 'v').length;
      rig.now += ROOM_LIMITS.promptAck + 1;
      const effects = rig.send('v', 'flow:ack', { epoch: E1, sequence: seen() });
      expect(sequencesTo(rig.effects, 'v').length - before).toBeLessThanOrEqual(88);
      for (const effect of effects)
        if (effect.type === 'forward') expect(effect.bytes.length).toBeLessThanOrEqual(ROOM_LIMITS.feedBytes);
      expect(acks).toBeLessThan(100);
    }
    expect(new Set(sequencesTo(rig.effects, 'v')).size).toBe(300);
    expect(sequencesTo(rig.effects, 'v')).toHaveLength(300);
    expect(acks).toBeGreaterThan(2);
  });

  it('[S8] gives as much more at a time as was acked within 250 ms, up to 4 MiB, and starts over after a slow ack', () => {
    const rig = running();
    for (let first = 2; first < 802; first += 10) rig.batch(big(first));
    rig.watch('v', { history: 'full' });
    const viewer = rig.room.viewers.get('v');
    const ackAll = (after: number) => {
      rig.now += after;
      rig.send('v', 'flow:ack', { epoch: E1, sequence: viewer?.inFlight.at(-1)?.last ?? 0 });
      return viewer === undefined ? 0 : unacked(rig.room, viewer);
    };
    const { windowBytes, maxWindowBytes, feedBytes, promptAck } = ROOM_LIMITS;
    const first = viewer === undefined ? 0 : unacked(rig.room, viewer);
    const second = ackAll(promptAck);
    const third = ackAll(promptAck);
    expect(first).toBeLessThanOrEqual(windowBytes);
    expect(second).toBeGreaterThan(2 * (windowBytes - feedBytes));
    expect(second).toBeLessThanOrEqual(2 * windowBytes);
    expect(third).toBeGreaterThan(second);
    expect(third).toBeLessThanOrEqual(4 * windowBytes);
    expect(viewer?.window).toBeLessThanOrEqual(maxWindowBytes);
    expect(ackAll(promptAck + 1)).toBeLessThanOrEqual(windowBytes);
    expect(viewer?.window).toBe(windowBytes);
  });

  it('[S8] in a crowded room nobody gets more than the first window at a time', () => {
    const rig = running();
    for (let count = 0; count < 50; count += 1) rig.join(`v${count}`);
    for (let first = 2; first < 402; first += 10) rig.batch(big(first));
    rig.watch('v', { history: 'full' });
    const viewer = rig.room.viewers.get('v');
    rig.send('v', 'flow:ack', { epoch: E1, sequence: viewer?.inFlight.at(-1)?.last ?? 0 });
    expect(viewer?.window).toBe(ROOM_LIMITS.windowBytes);
  });

  it('[S8] what a viewer owes of its replay counts when it is live', () => {
    const rig = running();
    for (let first = 2; first < 22; first += 10) rig.batch(big(first));
    rig.watch('v', { history: 'full' });
    expect(rig.room.viewers.get('v')?.subscription?.at).toBe('live');
    for (let first = 22; first < 222; first += 10) rig.batch(big(first));
    expect(sequencesTo(rig.effects, 'v').length * 10_000).toBeLessThan(ROOM_LIMITS.parkBytes + 110_000);
  });

  it('[S8] a viewer with more than its window in flight at the tail is live once it has acked, not before', () => {
    const rig = running();
    // A little over a portion each, so that the last one goes beyond the window.
    const chunks = Array.from({ length: 26 }, () => 'x'.repeat(10_200));
    for (let first = 2; first < 132; first += 26) rig.batch(output(E1, first, ...chunks));
    rig.watch('v', { history: 'full' });
    rig.send('v', 'flow:ack', { epoch: E1, sequence: 27 });
    expect(sequencesTo(rig.effects, 'v')).toHaveLength(130);
    expect(placeOf(rig, 'v')).toEqual({ epoch: E1, from: 132 });
    rig.send('v', 'flow:ack', { epoch: E1, sequence: 53 });
    expect(placeOf(rig, 'v')).toBe('live');
  });

  it('[S8] an ack in the next epoch acks all that came of the one before', () => {
    const rig = running();
    rig.watch('v');
    rig.batch(big(2));
    rig.batch(opened(E2, { epoch: E1, last: 11, complete: true }));
    const viewer = rig.room.viewers.get('v');
    viewer?.inFlight.push({ epoch: E1, last: 11, bytes: ROOM_LIMITS.parkBytes, at: rig.now });
    rig.send('v', 'flow:ack', { epoch: E2, sequence: 0 });
    expect(viewer?.inFlight).toEqual([]);
  });

  it('[S8] a viewer that acks nothing gets nothing more', () => {
    const rig = running();
    rig.watch('v');
    for (let first = 2; first < 502; first += 10) rig.batch(big(first));
    const viewer = rig.room.viewers.get('v');
    expect(viewer && unacked(rig.room, viewer)).toBeLessThan(1.2 * ROOM_LIMITS.parkBytes);
    expect(sequencesTo(rig.effects, 'v').length * 10_000).toBeLessThan(1.2 * ROOM_LIMITS.parkBytes);
  });

  it('[S8] a viewer that acks nothing for a minute while there is more for it is closed with 4408', () => {
    const rig = running();
    rig.watch('slow');
    rig.watch('never');
    let first = 2;
    const print = () => {
      const effects = rig.batch(big(first));
      first += 10;
      return effects.filter((effect) => effect.type === 'close');
    };
    for (let batch = 0; batch < 15; batch += 1) print();
    rig.now += ROOM_LIMITS.stalledTime;
    expect(print()).toEqual([]);
    rig.send('slow', 'flow:ack', { epoch: E1, sequence: 51 });
    rig.now += 1;
    expect(print()).toMatchObject([{ connection: 'never', code: 4408 }]);
  });

  it('[S8] one that was idle for long and then gets much is not', () => {
    const rig = running();
    rig.watch('v');
    rig.now += 10 * ROOM_LIMITS.stalledTime;
    for (let first = 2; first < 302; first += 10) rig.batch(big(first));
    expect(rig.room.viewers.get('v')?.subscription?.at).not.toBe('live');
    expect(rig.effects.filter((effect) => effect.type === 'close')).toEqual([]);
  });

  it('[S7] a parked viewer goes on where it was after a sleep', () => {
    const rig = running();
    rig.watch('v');
    for (let first = 2; first < 302; first += 10) rig.batch(big(first));
    rig.flush();
    rig.sleep();
    for (let turn = 0; turn < 40; turn += 1) {
      rig.send('v', 'flow:ack', { epoch: E1, sequence: Math.max(...sequencesTo(rig.effects, 'v')) });
    }
    expect(sequencesTo(rig.effects, 'v')).toEqual(Array.from({ length: 300 }, (_, index) => index + 2));
  });
});
