import { CLOSE, err, ok, type Result, type TeamId, type WireError } from '@muster/protocol';
import type { Claims } from '../../../auth/claims.ts';
import {
  type SocketRefusal,
  connectionRefusal as sharedOut,
  unauthenticatedRefusal,
} from '../../../socket/connection-limits.ts';
import { SOCKET } from '../../../socket/limits.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { NO_AGENT } from './access-rights.ts';

type Applicant = Pick<Member, 'id' | 'role'>;

/** A request over REST has no socket. */
const viewersWithSocket = (room: RoomState): Viewer[] =>
  [...room.viewers.values()].filter(({ socketless }) => !socketless);

/** X19: why one more socket of this member is refused; null: it is admitted. */
export const admissionRefusal = (room: RoomState, member: Applicant): WireError | null =>
  sharedOut(
    viewersWithSocket(room).map((viewer) => viewer.member.id),
    member,
    ROOM_LIMITS.sockets,
  );

/** X19, H1: where the limits refuse a member, closes the sockets that have been silent for too long. Returns them. */
export function closeSilentSockets(work: UnitOfWork, member: Applicant): Viewer[] {
  const { room, context, now } = work;
  if (admissionRefusal(room, member) === null) return [];
  const dead = viewersWithSocket(room).filter(
    ({ connection }) => now - context.lastSeen(connection) > SOCKET.silence,
  );
  for (const { connection } of dead)
    work.afterCommit.push({ type: 'close', connection, code: CLOSE.goingAway, reason: 'silent for 60 s' });
  return dead;
}

/**
 * Whether a viewer's socket may come in; the team it is of. X19: one without claims is judged when it brings its token:
 * so many do so now. A member's is judged after `admission-requested`.
 */
export function admitViewer(
  room: RoomState,
  claims: Claims | null,
  unauthenticated: () => number,
): Result<TeamId, SocketRefusal> {
  if (room.durable === null) return err({ error: NO_AGENT });
  const error =
    claims?.kind === 'member'
      ? admissionRefusal(room, { id: claims.member, role: claims.role })
      : unauthenticatedRefusal(unauthenticated());
  return error === null ? ok(room.durable.team) : err({ error, close: CLOSE.tryAgainLater });
}
