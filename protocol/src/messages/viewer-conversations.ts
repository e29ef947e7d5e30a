import * as z from 'zod';

import { DigestSchema, FormValuesSchema, RequestOptionSchema } from '../conversations/answer.ts';
import { ConversationIdSchema, PermissionIdSchema } from '../conversations/ids.ts';
import { PolicyChangeSchema } from '../conversations/policy.ts';
import { PromptSchema } from '../conversations/prompt.ts';
import { AgentIdSchema, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';

/** Viewer → room, about conversations and their requests. */
const conversation = z.object({ conversationId: ConversationIdSchema });
const message = conversation.extend({ messageId: MessageIdSchema });
const answer = z.object({
  permissionId: PermissionIdSchema,
  /** C8: of what the member saw. */
  digest: DigestSchema,
});
const title = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(LIMITS.titleChars, `must have at most ${LIMITS.titleChars} characters`);
const choice = z.string().min(1).max(LIMITS.messageIdChars);

/** A text stands for a prompt of one part (`promptOf`). */
const ContentSchema = z.union([
  z
    .string()
    .max(LIMITS.promptChars, `must have at most ${LIMITS.promptChars} characters`)
    .refine((text) => text.trim() !== '', 'must not be empty'),
  PromptSchema,
]);

export const CONVERSATION_SCHEMAS = {
  /** `resume`: a session of the agent's own, found on its host (C11). */
  create: z.object({
    agentId: AgentIdSchema,
    title: title.optional(),
    resume: z.string().min(1).max(512).optional(),
  }),
  conversation,
  /** `after`: the newest revision of items that the reader has. */
  join: conversation.extend({ after: z.number().int().min(0).optional() }),
  rename: conversation.extend({ title }),
  configure: conversation.extend({ configId: choice, value: z.union([choice, z.boolean()]) }),
  signIn: conversation.extend({ methodId: choice }),
  /** C12. Default: queue. `steer`: into the turn under way. `interrupt`: cancel the turn, then this one next. */
  chat: conversation.extend({
    messageId: MessageIdSchema.optional(),
    content: ContentSchema,
    when: z.enum(['queue', 'steer', 'interrupt']).optional(),
  }),
  edit: message.extend({ content: ContentSchema }),
  withdraw: message,
  /** `position`: 1 the first. */
  move: message.extend({ position: z.number().int().min(1).max(LIMITS.queuedMessages) }),
  typing: conversation.extend({ typing: z.boolean() }),
  /** C9: `message`: why, said to the agent as the next message. */
  respond: answer.extend({
    optionId: RequestOptionSchema.shape.optionId,
    /** C9: "always, by Muster": a rule that allows exactly this is kept with the answer. */
    always: z.literal(true).optional(),
    message: z.string().trim().min(1).max(LIMITS.promptChars).optional(),
  }),
  policy: PolicyChangeSchema,
  elicit: answer.extend({
    action: z.enum(['accept', 'decline', 'cancel']),
    content: FormValuesSchema.optional(),
  }),
} as const;
