import type { BatchHeader } from '@muster/protocol';
import { keepKeyframe } from './record.ts';
import { settle } from './stream.ts';
import type { Turn } from './turn.ts';
import type { Durable } from './types.ts';
import { feed } from './viewers.ts';

/**
 * S14: the newest snapshot is kept, as it came; the frames it stands for are stored with it, so that it is never
 * ahead of them. `bytes` are exactly the batch.
 */
export function takeSnapshot(turn: Turn, durable: Durable, header: BatchHeader, bytes: Uint8Array): void {
  const { room } = turn;
  if (room.keeper !== null) room.keeper.snapshotAsked = false;
  const { epoch, last: sequence } = header;
  if (durable.placement.spec.kind !== 'terminal') return;
  if (epoch !== durable.epoch || sequence >= room.next) return;
  if (room.snapshot?.epoch === epoch && room.snapshot.sequence >= sequence) return;
  settle(turn);
  turn.writeSnapshot({ epoch, sequence, bytes: bytes.length, data: bytes });
  keepKeyframe(turn, header, bytes);
  // Who waits for the host's disk need not any more.
  for (const viewer of room.viewers.values()) {
    if (viewer.subscription?.history === 'screen') feed(turn, viewer);
  }
}
