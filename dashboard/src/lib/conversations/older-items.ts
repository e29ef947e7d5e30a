import { LIMITS, ok, type Result, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';

/** Items that are asked for at a time; an answer has at most 1 MiB of them, and one in any case. */
const PAGE = 100;
/** Their insides are read where they are put in their place. */
const AnswerSchema = z.object({
  messages: z.array(z.looseObject({ index: z.number().int().min(0) })).max(LIMITS.itemsPage),
});

/** C15: the rows right before the index `from`, oldest first, from the room or from history; none: there are none. */
export async function olderItems(
  conversationId: string,
  from: number,
): Promise<Result<readonly unknown[], WireError>> {
  const path = `/api/conversations/${encodeURIComponent(conversationId)}/messages`;
  const answer = await get(path, { raw: 'true', limit: PAGE, before: from }, AnswerSchema);
  return answer.ok ? ok(answer.value.messages) : answer;
}
