import { CLOSE, type WireError } from '@muster/protocol';
import { SOCKET } from '../../socket/limits.ts';
import { seatRefusal as sharedOut } from '../../socket/seat-limits.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { RoomState, Viewer } from './state.ts';
import type { Turn } from './turn.ts';
import type { Member } from './types.ts';

type Sitter = Pick<Member, 'id' | 'role'>;

/** A request over REST takes no seat. */
const seated = (room: RoomState): Viewer[] => [...room.viewers.values()].filter(({ passing }) => !passing);

/** X19: why one more socket of this member is not let in; null: it is. */
export const seatRefusal = (room: RoomState, member: Sitter): WireError | null =>
  sharedOut(
    seated(room).map((viewer) => viewer.member.id),
    member,
    ROOM_LIMITS.seats,
  );

/** X19, H1: where a member is refused a seat, sockets that have been silent for too long give theirs up. Returns them. */
export function deadSeats(turn: Turn, member: Sitter): Viewer[] {
  const { room, context, now } = turn;
  if (seatRefusal(room, member) === null) return [];
  const dead = seated(room).filter(({ connection }) => now - context.seen(connection) > SOCKET.silence);
  for (const { connection } of dead)
    turn.after.push({ type: 'close', connection, code: CLOSE.goingAway, reason: 'silent for 60 s' });
  return dead;
}
