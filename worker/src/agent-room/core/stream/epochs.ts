import type { Epoch } from '@muster/protocol';
import type { RoomState } from '../state.ts';
import type { Durable } from '../types.ts';
import { segmentAt } from './segments.ts';

/** A place in the stream: everything before `from` is there already. */
export interface StreamPosition {
  readonly epoch: Epoch;
  readonly from: number;
}

/** The order of the epochs this room knows; one that it has forgotten lies before all others. */
export function epochIndex({ durable }: RoomState, epoch: string): number {
  if (durable === null) return -1;
  if (epoch === durable.epoch) return durable.past.length;
  return durable.past.findIndex((ended) => ended.epoch === epoch);
}

/** The last number of an ended epoch that is stored; 0 where the epoch is not known any more. */
const storedEnd = (durable: Durable, epoch: Epoch) =>
  durable.past.find((ended) => ended.epoch === epoch)?.stored ?? 0;

/** The first number of this epoch from `from` on that the room has; where it has none, the one after its end. */
export function firstAvailable(room: RoomState, durable: Durable, { epoch, from }: StreamPosition): number {
  const segment = segmentAt(room.segments, epoch, from);
  if (segment !== undefined) return Math.max(segment.first, from);
  if (epoch !== durable.epoch) return Math.max(storedEnd(durable, epoch) + 1, from);
  return Math.max(room.tail?.first ?? room.next, from);
}

/** Wire bytes from here to the newest frame, to within a batch; Infinity where the room no longer has them all. */
export function bytesFrom(room: RoomState, durable: Durable, place: StreamPosition): number {
  if (firstAvailable(room, durable, place) > place.from) return Number.POSITIVE_INFINITY;
  const at = epochIndex(room, place.epoch);
  const runs = room.tail === null ? room.segments.list : [...room.segments.list, room.tail];
  let sum = 0;
  for (const { epoch, first, last, bytes } of runs) {
    const index = epochIndex(room, epoch);
    if (index < at || (index === at && last < place.from)) continue;
    const part = index === at && first < place.from ? (last - place.from + 1) / (last - first + 1) : 1;
    sum += bytes * part;
  }
  return sum;
}
