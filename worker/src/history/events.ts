import { EventRowSchema, type TeamId } from '@muster/protocol';
import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import * as z from 'zod';
import type { VisiblePast } from '../team-lobby/core/visibility/visible-past.ts';
import { type Database, queries } from './database.ts';
import { among, type Page, paged, within } from './page.ts';
import { events } from './tables.ts';

export interface EventFilter {
  readonly agentId?: string | undefined;
  readonly commandId?: string | undefined;
  /** X5: only of these agents. */
  readonly among?: VisiblePast | undefined;
}

const { team: _, ...columns } = getTableColumns(events);
const ROWS = z.array(EventRowSchema.extend({ id: z.number() }));

/** Newest first. */
export async function listEvents(database: Database, team: TeamId, filter: EventFilter, page: Page) {
  const { agentId, commandId } = filter;
  const rows = await queries(database)
    .select(columns)
    .from(events)
    .where(
      and(
        eq(events.team, team),
        agentId === undefined ? undefined : eq(events.agentId, agentId),
        commandId === undefined ? undefined : eq(events.commandId, commandId),
        among(events, filter.among),
        within(events.id, page),
      ),
    )
    .orderBy(desc(events.id))
    .limit(page.limit);
  const found = paged(ROWS.parse(rows), page);
  return { rows: found.rows.map(({ id: _, ...row }) => row), next: found.next };
}
