import { and, gte, lt, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { VisiblePast } from '../team-lobby/core/visibility/visible-past.ts';
import { HISTORY } from './types.ts';

/** Which part of a list: newest first, below `before` (an id that a page named), within a time (ms since 1970, inclusive). */
export interface Page {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

const { idsPerMs } = HISTORY;

/** Ids are times, so a place and a time are one range of them. */
export function within(id: SQLWrapper, { before, since, until }: Page): SQL | undefined {
  const end = until === undefined ? undefined : (until + 1) * idsPerMs;
  const below = before === undefined || end === undefined ? (before ?? end) : Math.min(before, end);
  return and(
    below === undefined ? undefined : lt(id as SQL, below),
    since === undefined ? undefined : gte(id as SQL, since * idsPerMs),
  );
}

const isIn = (column: SQLWrapper, values: readonly string[]): SQL =>
  sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;

/** X5: whether a row is of one of these, however many they are: one parameter each, since D1 binds at most 100. Absent: no condition. */
export const among = (
  { agentId, agentUid }: { readonly agentId: SQLWrapper; readonly agentUid: SQLWrapper },
  visibility: VisiblePast | undefined,
): SQL | undefined =>
  visibility === undefined
    ? undefined
    : or(
        isIn(agentId, visibility.names),
        isIn(
          agentUid,
          visibility.agents.map((agent) => agent.agentUid),
        ),
      );

/** A page of rows, and where the next one begins; null: that was all. */
export function paged<R extends { readonly id: number }>(rows: readonly R[], { limit }: Page) {
  return { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}
