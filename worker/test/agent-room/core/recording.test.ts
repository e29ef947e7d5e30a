import { batchesIn, encodeBatch, encodeSnapshot, type Position } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../../src/agent-room/core/recording/read.ts';
import { E1, E2, opened, placementOf, Rig, TEAM } from './rig.ts';

const PART = 256 * 1024;

function recorder() {
  const rig = new Rig();
  const { spec, generation } = placementOf();
  rig.do({ type: 'placed', team: TEAM, placement: { spec: { ...spec, recording: true }, generation } });
  rig.hello();
  rig.batch(opened(E1));
  return rig;
}

const output = (epoch: typeof E1, first: number, time: number) =>
  encodeBatch({ kind: 'output', epoch, first, chunks: [{ stream: 0, data: new Uint8Array(PART), time }] });

function screenAt(sequence: number, time: number) {
  const nothing = new Uint8Array();
  const parts = { data: new Uint8Array(60_000), modes: nothing, pending: nothing };
  return encodeSnapshot({ epoch: E1, sequence, cols: 80, rows: 24, ...parts }, time);
}

const read = (rig: Rig, after: Position | null, from?: number) =>
  readRecording(rig.room, { after, from }, rig.store);

/** The numbers of all pieces, from the first to the last. */
function readAll(rig: Rig, from?: number) {
  const numbers: string[] = [];
  const sizes: number[] = [];
  for (let piece = read(rig, null, from); ; piece = read(rig, piece.last, from)) {
    for (const { epoch, first } of batchesIn(piece.data)) numbers.push(`${epoch.slice(-2)}:${first}`);
    if (piece.last === null) return { numbers, sizes };
    sizes.push(piece.data.length);
  }
}

describe('reading a recording', () => {
  it('passes over what was stored for good before a time, and never over the tail', () => {
    const rig = recorder();
    for (let first = 2; first <= 5; first += 1) {
      rig.now += 1_000;
      rig.batch(output(E1, first, first));
      rig.flush();
    }
    rig.batch(output(E1, 6, 6));
    const firstSince = (since: number) => {
      const [header] = batchesIn(readRecording(rig.room, { after: null, since }, rig.store).data);
      return header?.first;
    };
    expect(firstSince(rig.now - 1_000)).toBe(4);
    expect(firstSince(rig.now - 999)).toBe(5);
    expect(firstSince(rig.now + 1)).toBe(6);
    expect(firstSince(0)).toBe(1);
  });

  it('[B11] gives all of it in bounded pieces, the unstored tail and every epoch too', () => {
    const rig = recorder();
    for (let first = 2; first <= 12; first += 1) {
      rig.batch(output(E1, first, first));
      rig.flush();
    }
    rig.batch(opened(E2, { epoch: E1, last: 12, complete: true }));
    rig.batch(output(E2, 2, 20));
    const { numbers, sizes } = readAll(rig);
    const expected = Array.from({ length: 12 }, (_, index) => `e1:${index + 1}`);
    expect(numbers).toEqual([...expected, 'e2:1', 'e2:2']);
    expect(Math.max(...sizes)).toBeLessThan(2 * 2 ** 20);
    expect(sizes.length).toBeGreaterThan(2);
    expect(read(rig, null).end).toEqual({ epoch: E2, sequence: 2 });
  });

  it('[S14] begins at the last screen before a time, which comes with it', () => {
    const rig = recorder();
    for (let first = 2; first <= 9; first += 1) {
      rig.batch(output(E1, first, first * 1_000));
      rig.batch(screenAt(first, first * 1_000));
    }
    expect(readAll(rig, 6_500).numbers[0]).toBe('e1:7');
    expect(readAll(rig, 1).numbers[0]).toBe('e1:1');
    const [screen] = read(rig, null, 6_500).screens;
    expect([...batchesIn(screen ?? new Uint8Array())][0]?.last).toBe(6);
  });

  it('[S5] goes on at the oldest that is left when what followed has gone', () => {
    const rig = recorder();
    rig.batch(output(E1, 2, 0));
    rig.flush();
    const place = { epoch: E1, sequence: 1 };
    rig.room.segments.list.shift();
    rig.batch(output(E1, 3, 0));
    expect([...batchesIn(read(rig, place).data)].map(({ first }) => first)).toEqual([3]);
    expect(read(rig, { epoch: E1, sequence: 3 }).last).toBeNull();
  });
});
