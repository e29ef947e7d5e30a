import * as z from 'zod';
import { MemberIdSchema, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { recordOf } from '../record.ts';
import { ConversationIdSchema, PermissionIdSchema, TurnIdSchema } from './ids.ts';
import { PromptSchema } from './prompt.ts';
import { DecisionSchema } from './requests.ts';
import { UsageSchema } from './state.ts';

const conversation = z.object({ conversationId: ConversationIdSchema });
/** A message of a member, with its author, whom the item names. */
const message = conversation.extend({
  messageId: MessageIdSchema,
  content: PromptSchema,
  memberId: MemberIdSchema,
  name: z.string().max(LIMITS.nameChars),
});

/** Room → keeper, about conversations. Each is safe to repeat: the keeper knows conversations, turns, messages and requests by id. */
export const CONVERSATION_ORDERS = {
  /**
   * The room has this conversation: sent for each one after `room:welcome`, and when one is made. `sessionId`: the agent's
   * own session to go on with, as it was last told, or as a member chose it. The adapter starts with the first message.
   */
  'conversation:open': conversation.extend({
    sessionId: z.string().max(512).optional(),
    spent: UsageSchema.shape.cost.optional(),
    /** Modes and options that members chose, by configId, `mode` for the mode (C17). */
    configured: recordOf(
      z.string().max(LIMITS.messageIdChars),
      z.union([z.string().max(LIMITS.messageIdChars), z.boolean()]),
      LIMITS.recordEntries,
    ).optional(),
  }),
  /** Answered by `turn:started`, at most once (C16), and `turn:ended`. */
  'conversation:prompt': message.extend({ turnId: TurnIdSchema }),
  /** C12: into the turn under way; answered by `message:steered`. */
  'conversation:steer': message.extend({ turnId: TurnIdSchema }),
  /** Answered by `turn:ended`. */
  'conversation:cancel': conversation.extend({ turnId: TurnIdSchema }),
  /** C17; answered by `request:done`. */
  'conversation:configure': conversation.extend({
    requestId: MessageIdSchema,
    configId: z.string().min(1).max(LIMITS.messageIdChars),
    value: z.union([z.string().max(LIMITS.messageIdChars), z.boolean()]),
  }),
  /** C5; answered by `request:done`. */
  'conversation:sign-in': conversation.extend({
    requestId: MessageIdSchema,
    methodId: z.string().min(1).max(LIMITS.messageIdChars),
  }),
  /** Its adapter ends; what is open is withdrawn. */
  'conversation:close': conversation,
  /** C14: rows for what has grown since the last ones, now: somebody joined. */
  'conversation:flush': conversation,
  /** C7; answered by `request:changed`. */
  'request:decide': z.object({ permissionId: PermissionIdSchema, decision: DecisionSchema }),
} as const satisfies Record<string, z.ZodType>;
