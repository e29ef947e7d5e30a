import type { TeamId } from '@muster/protocol';
import { AuditBook, type AuditStore } from '../audit/book.ts';
import type { Actor } from '../audit/entry.ts';
import { auditMac } from '../audit/key.ts';
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
