import type { TeamId, WireError } from '@muster/protocol';
import { AuditBook, type AuditStore } from '../audit/book.ts';
import { type Actor, type Attempt, attempted, settled } from '../audit/entry.ts';
import { auditMac } from '../audit/key.ts';
import type { Refusal } from '../audit/refusals.ts';
import type { MemberClaims } from '../auth/claims.ts';
import { signingKey } from '../auth/tokens.ts';
import type { Env } from '../env.ts';
import { writeAudit } from '../history/audit.ts';

/** X8: the one writer of a team's chain. */
export const openBook = (env: Env, team: TeamId, store: AuditStore): AuditBook =>
  new AuditBook({
    team,
    store,
    mac: () => auditMac(signingKey(env.MUSTER_KEY), team),
    write: (rows) => writeAudit(env.DB, team, rows),
  });

export const actorOf = ({ member, name, role }: MemberClaims, address: string | null): Actor => ({
  id: member,
  name,
  role,
  address,
});

/** X8a: what his role did not let him say on a socket of the lobby's. */
export const refusalOf = (
  claims: MemberClaims,
  address: string | null,
  attempt: Attempt,
  error: WireError,
): Refusal => ({
  entry: settled(attempted(actorOf(claims, address), attempt), error, Date.now()),
  others: 0,
});
