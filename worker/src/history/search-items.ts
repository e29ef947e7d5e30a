import { type ConversationMatch, ConversationMatchSchema, type TeamId } from '@muster/protocol';
import { and, desc, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type Database, queries } from './database.ts';
import { snippetAround } from './marking.ts';
import { among, type Page, paged, within } from './page.ts';
import { type Scope, seesNothing } from './scope.ts';
import { conversations, items, itemText } from './tables.ts';
import { MARK, matchOf, snippetOf, termsOf } from './text.ts';

/** Words of a snippet; the index allows 64. */
const AROUND = 24;
const MARKED = sql<string | null>`snippet(item_text, 1, ${MARK.begin}, ${MARK.end}, '…', ${AROUND})`;

const FoundSchema = z.array(
  ConversationMatchSchema.omit({ kind: true, snippet: true }).extend({
    id: z.number(),
    marked: z.string().nullable(),
  }),
);

const columns = {
  id: items.id,
  conversationId: items.conversationId,
  agentId: items.agentId,
  agentUid: items.agentUid,
  title: conversations.title,
  index: items.index,
  item: items.kind,
  memberId: items.memberId,
  name: items.name,
  at: items.at,
};

/** Items in which the words stand, newest first, with what stands around them. */
export async function searchItems(
  database: Database,
  team: TeamId,
  search: Pick<Scope, 'agentId' | 'among' | 'memberId'> & { readonly text: string },
  page: Page,
): Promise<{ readonly rows: readonly (ConversationMatch & { readonly id: number })[] }> {
  const terms = termsOf(search.text);
  if (terms.length === 0 || seesNothing(search.among)) return { rows: [] };
  const rows = await queries(database)
    .select({ ...columns, marked: MARKED })
    .from(itemText)
    .innerJoin(items, eq(items.id, itemText.rowid))
    .leftJoin(
      conversations,
      and(eq(conversations.team, items.team), eq(conversations.conversationId, items.conversationId)),
    )
    .where(
      and(
        sql`${itemText.question} MATCH ${matchOf({ ...search, team }, search.text, ['text'])}`,
        among(items, search.among),
        within(itemText.rowid, page),
      ),
    )
    .orderBy(desc(itemText.rowid))
    .limit(page.limit);
  const found = paged(FoundSchema.parse(rows), page).rows;
  const aside = found.filter(({ marked }) => snippetOf(marked) === null).map(({ id }) => id);
  const texts = await textsOf(database, aside);
  return {
    rows: found.map(({ marked, ...row }) => {
      const text = texts.get(row.id);
      const snippet = snippetOf(marked) ?? (text === undefined ? null : snippetAround(text, terms));
      return { ...row, kind: 'conversation' as const, snippet: snippet ?? [] };
    }),
  };
}

const TextsSchema = z.array(z.object({ id: z.number(), text: z.string() }));
const TEXTS = 'SELECT id, text FROM items WHERE id IN (SELECT value FROM json_each(?1))';

/** Parts of words, which the index cannot mark, are looked for in the texts. */
async function textsOf(database: Database, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const [result] = await database.batch([database.prepare(TEXTS).bind(JSON.stringify(ids))]);
  return new Map(TextsSchema.parse(result?.results ?? []).map(({ id, text }) => [id, text]));
}
