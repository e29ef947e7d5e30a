import { CLOSE, type MemberId, type WireError } from '@muster/protocol';
import {
  connectionRefusal,
  type SocketRefusal,
  unauthenticatedRefusal,
} from '../../socket/connection-limits.ts';
import { LOBBY } from './limits.ts';
import { findDead, type SocketActivity } from './presence/index.ts';
import type { ConnectionId, Context, SeatRequest } from './types.ts';

/** The sockets of a lobby as a newcomer finds them. There may be thousands: each is asked for where it matters. */
export interface Seats {
  /** The member of each connection that is in. */
  readonly members: () => ReadonlyMap<ConnectionId, MemberId>;
  /** Sockets that have not brought their token yet. */
  readonly unauthenticated: () => number;
  readonly activity: () => readonly SocketActivity[];
}

/**
 * X19: whether a dashboard's socket may come in; `member` null: it brings its token later, and is judged then. In a full
 * lobby silent sockets are closed first, to free their seats (H1).
 */
export function admitViewer(
  member: Pick<SeatRequest, 'id' | 'role'> | null,
  seats: Seats,
  now: number,
): { readonly dead: readonly ConnectionId[]; readonly refusal: SocketRefusal | null } {
  if (member === null) return { dead: [], refusal: refused(unauthenticatedRefusal(seats.unauthenticated())) };
  const members = seats.members();
  if (seatRefusal({ ...member, taken: [...members.values()] }) === null) return { dead: [], refusal: null };
  const { dead } = findDead(seats.activity(), now);
  const taken = [...members].flatMap(([connection, id]) => (dead.includes(connection) ? [] : [id]));
  return { dead, refusal: refused(seatRefusal({ ...member, taken })) };
}

const seatRefusal = ({ id, role, taken }: SeatRequest): WireError | null =>
  connectionRefusal(taken, { id, role }, LOBBY.seats);

const refused = (error: WireError | null): SocketRefusal | null =>
  error === null ? null : { error, close: CLOSE.tryAgainLater };

/** X19: a socket that brought its token in a message finds no seat: it is told, and closed. False: it has one. */
export function refuseSeat(
  context: Context,
  connection: ConnectionId,
  seat: SeatRequest | undefined,
): boolean {
  const full = seat === undefined ? null : seatRefusal(seat);
  if (full === null) return false;
  context.out.push(
    { type: 'send', to: connection, message: { type: 'error', payload: full } },
    { type: 'close', connection, code: CLOSE.tryAgainLater, reason: full.code },
  );
  return true;
}
