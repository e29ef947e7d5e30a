import type { ClientId } from '@muster/protocol';
import type { Actor } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import type { ConnectionId, Requester } from './core/types.ts';

/** X8: the actor of an audit entry, with the address (X10). */
export const actorOf = ({ member, name, role }: MemberClaims, address: string | null): Actor => ({
  id: member,
  name,
  role,
  address,
});

/** A member as the core's requester (I1, X5, X8). */
export const requesterOf = (
  connection: ConnectionId,
  claims: MemberClaims,
  { clientId, address }: { readonly clientId: ClientId | undefined; readonly address: string | null },
  subscriptions: readonly string[] = [],
): Requester => ({
  connection,
  key: JSON.stringify(clientId === undefined ? [claims.member] : [claims.member, clientId]),
  subscriptions,
  actor: actorOf(claims, address),
  limits: claims.agents,
});
