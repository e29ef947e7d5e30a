import type { BatchHeader } from '@muster/protocol';
import { feed } from '../flow/index.ts';
import { storeKeyframe } from '../recording/index.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { flushTail } from './batches.ts';

/**
 * S14: the newest snapshot is kept, as it came; the frames it stands for are stored with it, so that it is never
 * ahead of them. `bytes` are exactly the batch.
 */
export function handleSnapshot(
  work: UnitOfWork,
  durable: Durable,
  header: BatchHeader,
  bytes: Uint8Array,
): void {
  const { room } = work;
  if (room.keeper !== null) room.keeper.snapshotRequested = false;
  const { epoch, last: sequence } = header;
  if (durable.placement.spec.kind !== 'terminal') return;
  if (epoch !== durable.epoch || sequence >= room.next) return;
  if (room.snapshot?.epoch === epoch && room.snapshot.sequence >= sequence) return;
  flushTail(work);
  work.writeSnapshot({ epoch, sequence, bytes: bytes.length, data: bytes });
  storeKeyframe(work, header, bytes);
  // Viewers that wait for the host's disk can go on from here.
  for (const viewer of room.viewers.values()) {
    if (viewer.subscription?.history === 'screen') feed(work, viewer);
  }
}
