import { allows, type MemberId, type Role, type WireError, wireError } from '@muster/protocol';
import { SOCKET } from './limits.ts';

/** X19: how the seats of one object are shared out. */
export interface ConnectionLimits {
  /** Sockets of members in all. */
  readonly all: number;
  /** Of them, kept for operators and admins. */
  readonly kept: number;
  /** Sockets of one member. */
  readonly member: number;
}

/** X19: why one more socket of a member is not let in; null: it is. `taken`: the member of each seat that is taken. */
export function connectionRefusal(
  taken: Iterable<MemberId>,
  { id, role }: { readonly id: MemberId; readonly role: Role },
  limits: ConnectionLimits,
): WireError | null {
  let all = 0;
  let own = 0;
  for (const member of taken) {
    all += 1;
    if (member === id) own += 1;
  }
  if (own >= limits.member)
    return exhausted(`you have ${own} connections here, and at most ${limits.member} are allowed; close one`);
  const most = allows(role, 'operator') ? limits.all : limits.all - limits.kept;
  return all < most ? null : exhausted('all places here are taken; try again later');
}

/** X19: the same for a socket that brings its token later: those have places of their own, so they take none of members'. */
export const unauthenticatedRefusal = (waiting: number): WireError | null =>
  waiting < SOCKET.unauthenticated
    ? null
    : exhausted('too many connections wait to sign in; try again later');

const exhausted = (message: string) => wireError('RESOURCE_EXHAUSTED', message);
