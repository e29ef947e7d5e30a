import { ConversationIdSchema, MemberIdSchema, TurnIdSchema } from '@muster/protocol';
import * as z from 'zod';

/** C10: a turn that ended, and the member whose message began it. Times: ms since 1970. */
export const EndedTurnSchema = z.object({
  turnId: TurnIdSchema,
  conversationId: ConversationIdSchema,
  title: z.string().nullable(),
  outcome: z.enum(['done', 'failed']),
  memberId: MemberIdSchema,
  endedAt: z.number(),
});
export type EndedTurn = z.infer<typeof EndedTurnSchema>;
