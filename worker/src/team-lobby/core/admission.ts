import { CLOSE, type MemberId, type WireError } from '@muster/protocol';
import {
  connectionRefusal,
  type SocketRefusal,
  unauthenticatedRefusal,
} from '../../socket/connection-limits.ts';
import { LOBBY } from './limits.ts';
import { findDead, type SocketActivity } from './presence/index.ts';
import type { AdmissionRequest, ConnectionId, UnitOfWork } from './types.ts';

/** The sockets of a lobby as a newcomer finds them. There may be thousands: each is asked for where it matters. */
export interface MemberSockets {
  /** The member of each connection that is in. */
  readonly members: () => ReadonlyMap<ConnectionId, MemberId>;
  /** Sockets that have not brought their token yet. */
  readonly unauthenticated: () => number;
  readonly activity: () => readonly SocketActivity[];
}

/**
 * X19: whether a dashboard's socket may come in; `member` null: it brings its token later, and is judged then. In a full
 * lobby silent sockets are closed first, to free their places (H1).
 */
export function admitViewer(
  member: Pick<AdmissionRequest, 'id' | 'role'> | null,
  sockets: MemberSockets,
  now: number,
): { readonly dead: readonly ConnectionId[]; readonly refusal: SocketRefusal | null } {
  if (member === null)
    return { dead: [], refusal: refused(unauthenticatedRefusal(sockets.unauthenticated())) };
  const members = sockets.members();
  if (admissionRefusal({ ...member, taken: [...members.values()] }) === null)
    return { dead: [], refusal: null };
  const { dead } = findDead(sockets.activity(), now);
  const taken = [...members].flatMap(([connection, id]) => (dead.includes(connection) ? [] : [id]));
  return { dead, refusal: refused(admissionRefusal({ ...member, taken })) };
}

const admissionRefusal = ({ id, role, taken }: AdmissionRequest): WireError | null =>
  connectionRefusal(taken, { id, role }, LOBBY.seats);

const refused = (error: WireError | null): SocketRefusal | null =>
  error === null ? null : { error, close: CLOSE.tryAgainLater };

/** X19: a socket that brought its token in a message finds no place: it gets the error, and closes. False: it has one. */
export function refuseAdmission(
  work: UnitOfWork,
  connection: ConnectionId,
  request: AdmissionRequest | undefined,
): boolean {
  const full = request === undefined ? null : admissionRefusal(request);
  if (full === null) return false;
  work.out.push(
    { type: 'send', to: connection, message: { type: 'error', payload: full } },
    { type: 'close', connection, code: CLOSE.tryAgainLater, reason: full.code },
  );
  return true;
}
