import { allows, type MemberId, type Role, type WireError, wireError } from '@muster/protocol';
import { SOCKET } from './limits.ts';

/** Why a socket is not let in: with an error that it can read, or by its close alone. Without `close` the error's own code. */
export type SocketRefusal =
  | { readonly error: WireError; readonly close?: number }
  | { readonly close: number; readonly reason: string };

/** X19: how many member sockets one object takes. */
export interface ConnectionLimits {
  /** Sockets of members in all. */
  readonly all: number;
  /** Of them, kept for operators and admins. */
  readonly kept: number;
  /** Sockets of one member. */
  readonly member: number;
}

/** X19: why one more socket of a member is refused; null: it is admitted. `taken`: the member of each open socket. */
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

/** X19: the same for sockets without a token yet: they have a limit of their own. */
export const unauthenticatedRefusal = (waiting: number): WireError | null =>
  waiting < SOCKET.unauthenticated
    ? null
    : exhausted('too many connections wait to sign in; try again later');

const exhausted = (message: string) => wireError('RESOURCE_EXHAUSTED', message);
