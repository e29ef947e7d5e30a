import type { Snippet } from '@muster/protocol';
import * as z from 'zod';
import type { Database } from './database.ts';
import { snippetAround } from './marking.ts';
import type { Term } from './text.ts';

/** Characters of an output around the place where a term stands as it was typed. */
const BEFORE = 100;
const LONG = 500;
/** Whole outputs that are read at a time, where the term stands there in another form. */
const AT_A_TIME = 10;

const PARTS = `
  SELECT id, CASE WHEN at > 0 THEN substr(output, max(1, at - ${BEFORE}), ${LONG}) END AS part
  FROM (SELECT id, output, instr(output, ?1) AS at FROM commands WHERE id IN (SELECT value FROM json_each(?2)))`;
const WHOLE = 'SELECT id, output AS part FROM commands WHERE id IN (SELECT value FROM json_each(?1))';

const RowsSchema = z.array(z.object({ id: z.number(), part: z.string().nullable() }));

/** What stands around the terms in what these commands printed, by their ids. */
export async function outputSnippets(
  database: Database,
  ids: readonly number[],
  terms: readonly Term[],
): Promise<ReadonlyMap<number, Snippet>> {
  const snippets = new Map<number, Snippet>();
  const [first] = terms.toSorted(
    (left, right) => Number(right.kind === 'part') - Number(left.kind === 'part'),
  );
  if (first === undefined || ids.length === 0) return snippets;
  const take = async (sql: string, ...values: string[]) => {
    const [result] = await database.batch([database.prepare(sql).bind(...values)]);
    for (const { id, part } of RowsSchema.parse(result?.results ?? [])) {
      const snippet = part === null ? null : snippetAround(part, terms);
      if (snippet !== null) snippets.set(id, snippet);
    }
  };
  await take(PARTS, first.kind === 'part' ? first.run : first.word, JSON.stringify(ids));
  const rest = ids.filter((id) => !snippets.has(id));
  for (let at = 0; at < rest.length; at += AT_A_TIME)
    await take(WHOLE, JSON.stringify(rest.slice(at, at + AT_A_TIME)));
  return snippets;
}
