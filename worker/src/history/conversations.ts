import { type StoredItem, StoredItemSchema, type TeamId } from '@muster/protocol';
import { and, eq, getTableColumns, gte, isNotNull, lte } from 'drizzle-orm';
import * as z from 'zod';
import { type ItemDecision, ItemDecisionSchema } from '../agent-room/core/conversations/item-decision.ts';
import { type Database, queries } from './database.ts';
import { CostSchema } from './item-types.ts';
import { conversations, items } from './tables.ts';

const RowSchema = z.object({
  conversationId: z.string(),
  agentId: z.string(),
  agentUid: z.string(),
  createdBy: z.string().nullable(),
  members: z.array(z.string()),
  title: z.string().nullable(),
  messages: z.number(),
  createdAt: z.number(),
  activeAt: z.number(),
  endedAt: z.number().nullable(),
  cost: CostSchema.nullable(),
});
/** A conversation of the past, or one that goes on, as history has it. */
export type ConversationRow = z.infer<typeof RowSchema>;

const { id: _, team: __, ...columns } = getTableColumns(conversations);

/** Null: history has no such conversation of this team. */
export async function findPastConversation(
  database: Database,
  team: TeamId,
  conversationId: string,
): Promise<ConversationRow | null> {
  const found = await queries(database)
    .select(columns)
    .from(conversations)
    .where(and(eq(conversations.team, team), eq(conversations.conversationId, conversationId)));
  return z.array(RowSchema).parse(found)[0] ?? null;
}

/** Which items: above `after` and below `before`, at most so many; with `newest` the last ones of these. */
export interface PastItemPage {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  readonly newest: boolean;
}

/** Characters of one page. */
const PAGE_CHARS = 1024 * 1024;

/** The first ones that fit a page together, and one in any case. */
const pageOf = (order: 'ASC' | 'DESC') => `
  SELECT place, revision, item FROM (
    SELECT place, revision, item, sum(length(item)) OVER (ORDER BY place ${order}) AS chars,
      row_number() OVER (ORDER BY place ${order}) AS nth
    FROM (
      SELECT place, revision, item FROM items
      WHERE team = ?1 AND conversation_id = ?2 AND place > ?3 AND place < ?4 ORDER BY place ${order} LIMIT ?5
    )
  ) WHERE nth = 1 OR chars <= ${PAGE_CHARS} ORDER BY place`;

const ItemRowsSchema = z.array(z.object({ place: z.number(), revision: z.number(), item: z.string() }));

/** Oldest first; what an other version of Muster wrote and this one cannot read is left out. */
export async function pastItems(
  database: Database,
  team: TeamId,
  conversationId: string,
  { after, before, limit, newest }: PastItemPage,
): Promise<StoredItem[]> {
  const statement = database.prepare(pageOf(newest ? 'DESC' : 'ASC'));
  const below = Math.min(before, Number.MAX_SAFE_INTEGER);
  const [result] = await database.batch([statement.bind(team, conversationId, after, below, limit)]);
  return ItemRowsSchema.parse(result?.results ?? []).flatMap(({ place, revision, item }) => {
    const parsed = StoredItemSchema.safeParse({ index: place, revision, item: JSON.parse(item) });
    return parsed.success ? [parsed.data] : [];
  });
}

const DecisionRowsSchema = z.array(z.object({ index: z.number(), decisions: z.array(ItemDecisionSchema) }));

/** How requests about these items were answered, by index. */
export async function pastDecisions(
  database: Database,
  team: TeamId,
  conversationId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<ReadonlyMap<number, readonly ItemDecision[]>> {
  const found = await queries(database)
    .select({ index: items.index, decisions: items.decisions })
    .from(items)
    .where(
      and(
        eq(items.team, team),
        eq(items.conversationId, conversationId),
        gte(items.index, first),
        lte(items.index, last),
        isNotNull(items.decisions),
      ),
    );
  return new Map(DecisionRowsSchema.parse(found).map(({ index, decisions }) => [index, decisions]));
}
