import type { StreamState } from '@muster/client/sync';
import type { Cursor, Position } from '@muster/protocol';
import { sendToClient } from './replies.ts';
import type { RoomLink, StatusMessage, UnitOfWork } from './types.ts';

const hasPassed = ({ at, phase }: StreamState, asOf: Position): boolean =>
  phase === 'detached' || (at !== null && at.epoch === asOf.epoch && at.sequence >= asOf.sequence);

/** R2: with a slow link the room's status of an ended command arrives before all of its output. */
export function sendInOrder(work: UnitOfWork, room: RoomLink, message: StatusMessage): void {
  const { asOf } = message.payload;
  const waits = asOf !== undefined && !hasPassed(room.stream, asOf);
  if (waits || room.pendingStatuses.length > 0) room.pendingStatuses.push(message);
  else sendToClient(work, message);
}

/** The reader has advanced from `before`: sends the statuses that waited for that, in order. */
export function sendPending(work: UnitOfWork, room: RoomLink, before: Cursor | null): void {
  for (;;) {
    const [next] = room.pendingStatuses;
    if (next === undefined) return;
    const { asOf } = next.payload;
    const left = asOf?.epoch === before?.epoch && room.stream.at?.epoch !== before?.epoch;
    if (asOf !== undefined && !left && !hasPassed(room.stream, asOf)) return;
    room.pendingStatuses.shift();
    sendToClient(work, next);
  }
}
