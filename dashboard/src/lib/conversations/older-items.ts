import { err, LIMITS, ok, type Result, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';

/** Items that are asked for at a time. */
const PAGE = 100;
/** Answers that one page may take: each has at most 1 MiB, and an item 256 KiB. */
const MOST_ANSWERS = 32;
/** Their insides are read where they are put in their place. */
const AnswerSchema = z.object({
  messages: z.array(z.looseObject({ index: z.number().int().min(0) })).max(LIMITS.itemsPage),
});

/** C14: the rows right before the index `from`, oldest first. */
export async function olderItems(
  conversationId: string,
  from: number,
): Promise<Result<readonly unknown[], WireError>> {
  const path = `/api/conversations/${encodeURIComponent(conversationId)}/messages`;
  const rows: unknown[] = [];
  let after = Math.max(-1, from - PAGE - 1);
  for (let answers = 0; answers < MOST_ANSWERS && after < from - 1; answers += 1) {
    const query = { raw: 'true', limit: from - 1 - after, after: after < 0 ? undefined : after };
    const answer = await get(path, query, AnswerSchema);
    if (!answer.ok) return err(answer.error);
    const last = answer.value.messages.at(-1)?.index;
    if (last === undefined || last <= after) break;
    rows.push(...answer.value.messages);
    after = last;
  }
  return ok(rows);
}
