import * as z from 'zod';
import { ConversationIdSchema, ItemIdSchema, PermissionIdSchema } from '../conversations/ids.ts';
import type { Item } from '../conversations/items.ts';
import type { AgentRequest, RequestHead, Resolution } from '../conversations/requests.ts';
import type { ConversationState, ConversationSummary } from '../conversations/state.ts';
import { AgentIdSchema, MemberIdSchema, PositionSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { late } from '../record.ts';

/** Server → viewer, about conversations. Their insides are parsed by pages that show them (F16). */
const conversation = { conversationId: ConversationIdSchema, agentId: AgentIdSchema };
/** Without a conversation a program in a terminal asks (C13b). */
const asking = { ...conversation, conversationId: ConversationIdSchema.optional() };
const revision = z.number().int().min(0);

export const CONVERSATION_SERVER_MESSAGES = {
  /** R1: all conversations of the agent, newest first: on join, and when a conversation of it changes. */
  'conversation:list': z.object({
    agentId: AgentIdSchema,
    revision,
    conversations: late<ConversationSummary[]>(),
  }),
  /** R1: answers `conversation:join`, and comes to its readers whenever something of it changes. */
  'conversation:state': z.object({ ...conversation, revision, state: late<ConversationState>() }),
  /**
   * C14: an item with its place. `asOf`: it holds what the stream said of it up to there. The newest items come behind the
   * state that answers a join, oldest first, and the ack behind them.
   */
  'conversation:item': z.object({
    ...conversation,
    index: revision,
    revision,
    asOf: PositionSchema,
    item: late<Item>(),
  }),
  /**
   * 001, C14a: text of the agent, to readers of its conversation that do not follow its stream, and so get no chunks.
   * `partial`: `content` stands at `offset` (UTF-16 units) of the message. `complete`: it is all of it, at 0.
   */
  'agent:response': z.object({
    ...conversation,
    messageId: ItemIdSchema,
    status: z.enum(['partial', 'complete']),
    offset: z.number().int().min(0),
    content: z.string().max(LIMITS.itemChars),
  }),
  /** 001, C14a: to the same readers: how far a tool call or a plan is. `done` and `total`: entries of the plan. */
  'agent:progress': z.object({
    ...conversation,
    messageId: ItemIdSchema,
    title: z.string().max(LIMITS.titleChars),
    status: z.string().max(32),
    toolKind: z.string().max(64).optional(),
    done: revision.optional(),
    total: revision.optional(),
  }),
  /** C3: to every viewer of the agent. */
  'permission:request': z.object({
    ...asking,
    permissionId: PermissionIdSchema,
    request: late<AgentRequest>(),
  }),
  'permission:resolved': z.object({
    ...asking,
    permissionId: PermissionIdSchema,
    resolution: late<Resolution>(),
  }),
  typing: z.object({
    ...conversation,
    memberId: MemberIdSchema,
    name: z.string().max(LIMITS.nameChars),
    typing: z.boolean(),
  }),
  /** C7: from the lobby to clients that speak of conversations: what waits for people, over all agents they may see. */
  'inbox:list': z.object({ requests: late<RequestHead[]>() }),
  /** One of them came, or changed; null: it does not wait any more. */
  'inbox:changed': z.object({ permissionId: PermissionIdSchema, request: late<RequestHead | null>() }),
} as const satisfies Record<string, z.ZodType>;
