import * as z from 'zod';
import { WireErrorSchema } from '../errors.ts';
import { MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { ConversationIdSchema, ItemIdSchema, PermissionIdSchema, TurnIdSchema } from './ids.ts';
import { ItemSchema } from './items.ts';
import { AgentRequestSchema, ResolutionSchema } from './requests.ts';
import { ConversationFactsSchema, TurnSchema } from './state.ts';

const time = z.number().min(0);
const conversation = { conversationId: ConversationIdSchema };

/** C14: a row of an item: whole, or what was appended to its text since the row before. */
export const ItemWriteSchema = z.union([
  z.object({ item: ItemSchema }),
  z.object({
    itemId: ItemIdSchema,
    offset: z.number().int().min(0),
    text: z.string().max(LIMITS.itemChars),
    /** It is complete. */
    endedAt: time.optional(),
  }),
]);
export type ItemWrite = z.infer<typeof ItemWriteSchema>;

/** The numbered frames about conversations that change the room's state (S4a). The keeper alone writes items. */
export const CONVERSATION_EVENTS = [
  z.object({ type: z.literal('conversation:changed'), ...conversation, facts: ConversationFactsSchema }),
  z.object({
    type: z.literal('conversation:items'),
    ...conversation,
    writes: z.array(ItemWriteSchema).min(1).max(LIMITS.itemsPage),
  }),
  /** The message is with the agent from here on. `messageId` absent: the agent began by itself. */
  z.object({
    type: z.literal('turn:started'),
    ...conversation,
    turnId: TurnIdSchema,
    messageId: MessageIdSchema.optional(),
    at: time,
  }),
  /** Once per turn, also of one that never started. */
  z.object({
    type: z.literal('turn:ended'),
    ...conversation,
    turnId: TurnIdSchema,
    outcome: TurnSchema.shape.outcome.unwrap(),
    /** Verbatim from the agent. */
    stopReason: z.string().max(64).optional(),
    error: WireErrorSchema.optional(),
    at: time,
  }),
  /** C12: what became of a message that was to reach the turn under way. */
  z.object({
    type: z.literal('message:steered'),
    ...conversation,
    messageId: MessageIdSchema,
    /** `queued`: it was too late for the turn; it waits for the next one. */
    outcome: z.enum(['injected', 'queued', 'failed']),
    error: WireErrorSchema.optional(),
  }),
  z.object({ type: z.literal('request:opened'), request: AgentRequestSchema }),
  /** C7: `delivered`, `acknowledged` or `withdrawn`, or `decided` by policy. */
  z.object({
    type: z.literal('request:changed'),
    permissionId: PermissionIdSchema,
    resolution: ResolutionSchema,
  }),
] as const;

export const ConversationEventSchema = z.discriminatedUnion('type', [...CONVERSATION_EVENTS]);
export type ConversationEvent = z.infer<typeof ConversationEventSchema>;
