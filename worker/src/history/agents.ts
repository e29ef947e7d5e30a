import { type PastAgent, PastAgentSchema, type TeamId } from '@muster/protocol';
import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import * as z from 'zod';
import type { VisiblePast } from '../team-lobby/core/visibility/visible-past.ts';
import { type Database, queries } from './database.ts';
import { among, type Page, paged, within } from './page.ts';
import { agents } from './tables.ts';
import { HISTORY } from './types.ts';

const { idsPerMs } = HISTORY;

/** Its id is its creation time; an unchanged row is not written, and `deletedAt` keeps its first value. */
const WRITE = `
INSERT INTO agents (id, team, agent_uid, agent_id, name, kind, host_id, labels, created_at, deleted_at)
SELECT coalesce((SELECT max(id) + 1 FROM agents WHERE id >= ?9 AND id < ?9 + ${idsPerMs}), ?9),
?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10
WHERE true
ON CONFLICT (team, agent_uid) DO UPDATE SET name = excluded.name, kind = excluded.kind, host_id = excluded.host_id,
labels = excluded.labels, deleted_at = coalesce(agents.deleted_at, excluded.deleted_at)
WHERE excluded.name <> agents.name OR excluded.kind <> agents.kind OR excluded.host_id <> agents.host_id
OR excluded.labels <> agents.labels OR (excluded.deleted_at IS NOT NULL AND agents.deleted_at IS NULL)`;

/** @throws Error when D1 does not take it */
export async function writeAgent(database: Database, team: TeamId, agent: PastAgent): Promise<void> {
  const { agentUid, agentId, name, kind, hostId, labels, createdAt, deletedAt } = agent;
  const base = Math.floor(createdAt ?? 0) * idsPerMs;
  const what = [team, agentUid, agentId, name, kind, hostId, JSON.stringify(labels)];
  await database.batch([database.prepare(WRITE).bind(...what, createdAt, base, deletedAt)]);
}

const { team: _, ...columns } = getTableColumns(agents);
const ROWS = z.array(PastAgentSchema.extend({ id: z.number() }));

/** The youngest first, deleted ones among them; with `visibility` only those (X5). */
export async function listPastAgents(database: Database, team: TeamId, page: Page, visibility?: VisiblePast) {
  const rows = await queries(database)
    .select(columns)
    .from(agents)
    .where(and(eq(agents.team, team), among(agents, visibility), within(agents.id, page)))
    .orderBy(desc(agents.id))
    .limit(page.limit);
  const found = paged(ROWS.parse(rows), page);
  return { rows: found.rows.map(({ id: _, ...row }): PastAgent => row), next: found.next };
}
