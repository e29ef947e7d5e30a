import type { StreamState } from '@muster/client/sync';
import type { Position } from '@muster/protocol';
import { sendToClient } from './replies.ts';
import type { RoomLink, StatusMessage, UnitOfWork } from './types.ts';

const hasPassed = ({ at, phase }: StreamState, asOf: Position): boolean =>
  phase === 'detached' || (at !== null && at.epoch === asOf.epoch && at.sequence >= asOf.sequence);

/** R2: a room that feeds us slowly tells how a command ended before all that it printed is here. */
export function sendInOrder(work: UnitOfWork, room: RoomLink, message: StatusMessage): void {
  const { asOf } = message.payload;
  const waits = asOf !== undefined && !hasPassed(room.stream, asOf);
  if (waits || room.pendingStatuses.length > 0) room.pendingStatuses.push(message);
  else sendToClient(work, message);
}

/** The reader has come on from `before`: what waited for that is told, in its order. */
export function sendPending(work: UnitOfWork, room: RoomLink, before: StreamState): void {
  for (;;) {
    const [next] = room.pendingStatuses;
    if (next === undefined) return;
    const { asOf } = next.payload;
    const left = asOf?.epoch === before.at?.epoch && room.stream.at?.epoch !== before.at?.epoch;
    if (asOf !== undefined && !left && !hasPassed(room.stream, asOf)) return;
    room.pendingStatuses.shift();
    sendToClient(work, next);
  }
}
