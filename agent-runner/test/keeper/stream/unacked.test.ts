import { expect, test } from 'vitest';
import { SpoolPositions } from '../../../src/keeper/stream/spool-positions.ts';
import { Unacked } from '../../../src/keeper/stream/unacked.ts';
import { MemoryVolume } from '../../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../../src/spool/spool-log.ts';
import { epochOf } from '../../support/frames.ts';

const A = epochOf(1);
const B = epochOf(2);
const at = (sequence: number, epoch = A) => ({ epoch, sequence });

function unacked(): Unacked {
  const spool = new SpoolLog(new MemoryVolume(), 'boot');
  spool.startEpoch(A);
  spool.startEpoch(B);
  const it = new Unacked(new SpoolPositions(spool));
  it.add(at(2), 10, 1_000);
  it.add(at(4), 20, 1_100);
  it.add(at(1, B), 40, 1_200);
  return it;
}

test('[S4] counts what is not acked, from the oldest', () => {
  const it = unacked();
  expect([it.bytes, it.since]).toEqual([70, 1_000]);
  it.ack(at(3));
  expect([it.bytes, it.since]).toEqual([60, 1_100]);
  it.ack(at(1, B));
  expect([it.bytes, it.since]).toEqual([0, null]);
});

test('[S3] what will be sent again is not counted twice', () => {
  const it = unacked();
  it.rewind(at(3));
  expect([it.bytes, it.since]).toEqual([10, 1_000]);
});
