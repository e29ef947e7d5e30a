import { type AuditRow, AuditRowSchema, type TeamId } from '@muster/protocol';
import { and, asc, desc, eq, getTableColumns, gt, lt } from 'drizzle-orm';
import * as z from 'zod';
import type { VisiblePast } from '../team-lobby/core/visibility/visible-past.ts';
import { type Database, queries } from './database.ts';
import { among } from './page.ts';
import { audit } from './tables.ts';

/** All rows in one parameter, since D1 binds at most 100. Only the lobby writes here. */
const WRITE = `
  INSERT OR REPLACE INTO audit
  SELECT ?1, value ->> 'sequence', value ->> 'at', value ->> 'memberId', value ->> 'name', value ->> 'role',
    value ->> 'address', value ->> 'action', value ->> 'agentId', value ->> 'agentUid', value ->> 'target',
    value ->> 'result', value ->> 'details', value ->> 'mac'
  FROM json_each(?2)`;

/** Idempotent: the same rows again change nothing. @throws Error when D1 does not take them */
export async function writeAudit(database: Database, team: TeamId, rows: readonly AuditRow[]): Promise<void> {
  await database.prepare(WRITE).bind(team, JSON.stringify(rows)).run();
}

export interface AuditFilter {
  readonly memberId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly action?: string | undefined;
  /** X5: only what is about these agents. */
  readonly among?: VisiblePast | undefined;
}

const { team: _, ...columns } = getTableColumns(audit);
const given = <T>(value: T | undefined, test: (value: T) => ReturnType<typeof eq>) =>
  value === undefined ? undefined : test(value);

/** Newest first, below `before`. */
export async function listAudit(
  database: Database,
  team: TeamId,
  filter: AuditFilter,
  page: { readonly limit: number; readonly before?: number | undefined },
): Promise<AuditRow[]> {
  const rows = await queries(database)
    .select(columns)
    .from(audit)
    .where(
      and(
        eq(audit.team, team),
        given(filter.memberId, (id) => eq(audit.memberId, id)),
        given(filter.agentId, (id) => eq(audit.agentId, id)),
        given(filter.action, (action) => eq(audit.action, action)),
        among(audit, filter.among),
        given(page.before, (sequence) => lt(audit.sequence, sequence)),
      ),
    )
    .orderBy(desc(audit.sequence))
    .limit(page.limit);
  return z.array(AuditRowSchema).parse(rows);
}

/** In the chain's order, above `after`, as somebody may have left them; null: nothing that a lobby wrote. */
export async function storedAudit(
  database: Database,
  team: TeamId,
  after: number,
  limit: number,
): Promise<(AuditRow | null)[]> {
  const rows = await queries(database)
    .select(columns)
    .from(audit)
    .where(and(eq(audit.team, team), gt(audit.sequence, after)))
    .orderBy(asc(audit.sequence))
    .limit(limit);
  return rows.map((row) => AuditRowSchema.safeParse(row).data ?? null);
}
