import * as z from 'zod';
import { ConversationIdSchema, TurnIdSchema } from '../conversations/ids.ts';
import type { RequestState } from '../conversations/requests.ts';
import { MemberIdSchema } from '../ids.ts';

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

/** C10: how a request ended. */
export interface ResolvedRequest {
  readonly permissionId: string;
  readonly state: RequestState;
  /** The member who answered, and what. */
  readonly name?: string;
  readonly answer?: string;
}
