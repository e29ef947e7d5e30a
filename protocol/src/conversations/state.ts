import * as z from 'zod';
import { WireErrorSchema } from '../errors.ts';
import { AgentIdSchema, MemberIdSchema, MessageIdSchema, PositionSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { ConversationIdSchema, TurnIdSchema } from './ids.ts';
import { PromptSchema } from './prompt.ts';
import { RequestCardSchema } from './requests.ts';

const time = z.number().min(0);
const text = z.string().max(LIMITS.textChars);
const title = z.string().max(LIMITS.titleChars);
const name = z.string().max(LIMITS.optionChars);
const id = z.string().min(1).max(LIMITS.messageIdChars);
const count = z.number().int().min(0);

/**
 * `starting`: its adapter is being started. `idle`: it waits for a message. `running`: a turn. `background`: it works
 * outside any turn (C16). `waiting`: a request waits for people. `interrupted`: a restart cut its turn off (C11).
 * `failed`: it cannot go on until something is done, which `reason` says. `ended`: closed.
 */
export const ConversationStatusSchema = z.enum([
  'starting',
  'idle',
  'running',
  'background',
  'waiting',
  'interrupted',
  'failed',
  'ended',
]);
export type ConversationStatus = z.infer<typeof ConversationStatusSchema>;

/** C18: `used` and `size`: tokens of the context; `cost`: of the whole session, as far as the agent tells. */
export const UsageSchema = z.object({
  used: count.optional(),
  size: count.optional(),
  cost: z.object({ amount: z.number().min(0), currency: z.string().max(16) }).optional(),
});
export type Usage = z.infer<typeof UsageSchema>;

/** One choice of a select, or of the modes. */
export const ChoiceSchema = z.object({ id, name, description: text.optional() });
export type Choice = z.infer<typeof ChoiceSchema>;

export const ConfigOptionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('select'),
    configId: id,
    name,
    description: text.optional(),
    /** The agent's word on what it is about: mode, model, thought_level … */
    category: z.string().max(64).optional(),
    value: id,
    choices: z.array(ChoiceSchema).max(LIMITS.agentOffers),
  }),
  z.object({
    type: z.literal('boolean'),
    configId: id,
    name,
    description: text.optional(),
    category: z.string().max(64).optional(),
    value: z.boolean(),
  }),
]);
export type ConfigOption = z.infer<typeof ConfigOptionSchema>;

export const AgentCommandSchema = z.object({
  name: z.string().min(1).max(LIMITS.optionChars),
  description: text,
  /** What to type behind it. */
  hint: z.string().max(LIMITS.optionChars).optional(),
});
export type AgentCommand = z.infer<typeof AgentCommandSchema>;

export const AuthMethodSchema = z.object({
  id,
  name,
  description: text.optional(),
  /** `terminal`: a program to run on the host, argv. `agent`: the adapter does it. */
  type: z.enum(['agent', 'terminal']),
  command: z.array(z.string().max(LIMITS.pathChars)).max(LIMITS.argumentCount).optional(),
});
export type AuthMethod = z.infer<typeof AuthMethodSchema>;

/** What an adapter says of itself. */
export const AdapterInfoSchema = z.object({
  name: z.string().max(LIMITS.nameChars),
  version: z.string().max(64),
  /** What a prompt may hold beside text and links. */
  images: z.boolean(),
  /** C12. */
  steering: z.boolean(),
  /** C11. */
  resumes: z.boolean(),
  /** C11: it lists its sessions; absent: a keeper of an earlier version, which does not say. */
  lists: z.boolean().optional(),
  authMethods: z.array(AuthMethodSchema).max(32),
});
export type AdapterInfo = z.infer<typeof AdapterInfoSchema>;

/**
 * What the keeper tells of a conversation; each present field replaces the one before, null takes it away.
 * `adapter`: whether a process of it runs, and why not.
 */
export const ConversationFactsSchema = z.object({
  adapter: z.enum(['none', 'starting', 'ready', 'failed', 'sign-in']).optional(),
  error: WireErrorSchema.nullable().optional(),
  sessionId: z.string().max(512).nullable().optional(),
  title: title.nullable().optional(),
  info: AdapterInfoSchema.optional(),
  mode: id.nullable().optional(),
  modes: z.array(ChoiceSchema).max(LIMITS.agentOffers).optional(),
  configOptions: z.array(ConfigOptionSchema).max(LIMITS.agentOffers).optional(),
  commands: z.array(AgentCommandSchema).max(LIMITS.agentOffers).optional(),
  usage: UsageSchema.optional(),
  /** C18: the sum of the positive differences that were told, by currency. */
  spent: UsageSchema.shape.cost.optional(),
  suggestions: z.array(z.string().max(LIMITS.textChars)).max(16).optional(),
  /** C16: it works outside any turn. */
  background: z.boolean().optional(),
});
export type ConversationFacts = z.infer<typeof ConversationFactsSchema>;

/** C12: a message that waits. */
export const QueuedMessageSchema = z.object({
  messageId: MessageIdSchema,
  memberId: MemberIdSchema,
  name: z.string().max(LIMITS.nameChars),
  content: PromptSchema,
  at: time,
  /** `sending`: it is on its way to the agent and cannot be edited or withdrawn. */
  sending: z.boolean(),
});
export type QueuedMessage = z.infer<typeof QueuedMessageSchema>;

/** C16: the turn that runs, or the last one. */
export const TurnSchema = z.object({
  turnId: TurnIdSchema,
  state: z.enum(['starting', 'running', 'cancelling', 'ended']),
  messageId: MessageIdSchema.optional(),
  startedAt: time,
  endedAt: time.optional(),
  outcome: z.enum(['done', 'cancelled', 'failed', 'interrupted']).optional(),
  stopReason: z.string().max(64).optional(),
  error: WireErrorSchema.optional(),
});
export type Turn = z.infer<typeof TurnSchema>;

/** A conversation in a list. */
export const ConversationSummarySchema = z.object({
  conversationId: ConversationIdSchema,
  agentId: AgentIdSchema,
  title: title.nullable(),
  status: ConversationStatusSchema,
  reason: text.optional(),
  createdBy: MemberIdSchema,
  createdAt: time,
  /** When something was last said or done in it. */
  activeAt: time,
  queued: count,
  requests: count,
});
export type ConversationSummary = z.infer<typeof ConversationSummarySchema>;

/** All there is of a conversation but its items. */
export const ConversationStateSchema = ConversationSummarySchema.extend({
  /** R1. */
  revision: count,
  /** S6: the items hold everything up to here; null: no frame has come. */
  asOf: PositionSchema.nullable(),
  /** The newest revision of its items, and the index of the oldest kept and of the next. */
  itemRevision: count,
  oldest: count,
  next: count,
  facts: ConversationFactsSchema,
  turn: TurnSchema.nullable(),
  queue: z.array(QueuedMessageSchema).max(LIMITS.queuedMessages),
  /** Those that are pending, oldest first. */
  pending: z.array(RequestCardSchema).max(LIMITS.openRequests),
  /** Members with a socket in it. */
  members: z
    .array(z.object({ memberId: MemberIdSchema, name: z.string().max(LIMITS.nameChars) }))
    .max(LIMITS.watchersListed),
});
export type ConversationState = z.infer<typeof ConversationStateSchema>;
