import * as z from 'zod';
import { AgentIdSchema, MemberIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { DigestSchema, FormValuesSchema, RequestOptionSchema } from './answer.ts';
import { ConversationIdSchema, ItemIdSchema, PermissionIdSchema, TurnIdSchema } from './ids.ts';
import { ToolArgumentSchema } from './items.ts';

const time = z.number().min(0);
const text = z.string().max(LIMITS.textChars);

const shared = {
  permissionId: PermissionIdSchema,
  /** Absent: a program in a terminal asks, by its hook (C13b). */
  conversationId: ConversationIdSchema.optional(),
  /** Absent: asked outside any turn; the end of a turn does not withdraw it. */
  turnId: TurnIdSchema.optional(),
  /** ms since 1970, by the host's clock. */
  requestedAt: time,
  /** C3: when policy decides; absent: never. */
  expiresAt: time.optional(),
  digest: DigestSchema,
};

/** C7, C8: all of what people decide on, as it was when the agent asked. One per JSON-RPC request. */
export const AgentRequestSchema = z.discriminatedUnion('kind', [
  z.object({
    ...shared,
    kind: z.literal('permission'),
    /** Its item in the conversation. */
    itemId: ItemIdSchema.optional(),
    tool: ToolArgumentSchema,
    options: z.array(RequestOptionSchema).max(LIMITS.requestOptions),
    /** Where the tool works, a path on the host. */
    directory: z.string().max(LIMITS.pathChars),
  }),
  z.object({
    ...shared,
    kind: z.literal('elicitation'),
    message: text,
    form: z.discriminatedUnion('mode', [
      /** A JSON Schema of an object with plain properties, as JSON. */
      z.object({ mode: z.literal('form'), schema: z.string().max(LIMITS.requestChars) }),
      z.object({ mode: z.literal('url'), url: z.string().max(LIMITS.pathChars) }),
    ]),
  }),
]);
export type AgentRequest = z.infer<typeof AgentRequestSchema>;
export type PermissionRequest = Extract<AgentRequest, { kind: 'permission' }>;
export type ElicitationRequest = Extract<AgentRequest, { kind: 'elicitation' }>;

/** An answer as the keeper gets it. `cancelled`: the turn is being cancelled. */
export const DecisionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('option'),
    optionId: RequestOptionSchema.shape.optionId,
    /** C13b: why not, told to a program that asks without a conversation. */
    message: text.optional(),
  }),
  z.object({
    type: z.literal('form'),
    action: z.enum(['accept', 'decline', 'cancel']),
    content: FormValuesSchema.optional(),
  }),
  z.object({ type: z.literal('cancelled') }),
]);
export type Decision = z.infer<typeof DecisionSchema>;

/**
 * C7. `pending`: waits for people. `decided`: one of them, or a policy, answered. `delivered`: the agent has the answer.
 * `acknowledged`: it went on from there. `withdrawn`: it does not ask any more. `expired`: nobody answered in time.
 */
export const RequestStateSchema = z.enum([
  'pending',
  'decided',
  'delivered',
  'acknowledged',
  'withdrawn',
  'expired',
]);
export type RequestState = z.infer<typeof RequestStateSchema>;

/** Who or what decided. */
export const DeciderSchema = z.object({
  by: z.enum(['member', 'policy', 'timeout', 'cancel']),
  memberId: MemberIdSchema.optional(),
  name: z.string().max(LIMITS.nameChars).optional(),
});
export type Decider = z.infer<typeof DeciderSchema>;

/** What became of a request: the part of it that changes. */
export const ResolutionSchema = z.object({
  state: RequestStateSchema,
  decision: DecisionSchema.optional(),
  decider: DeciderSchema.optional(),
  /** Why it was withdrawn, in a person's words. */
  reason: text.optional(),
  at: time,
});
export type Resolution = z.infer<typeof ResolutionSchema>;

/** A request with what became of it, as pages and REST show it. */
export const RequestCardSchema = z.object({
  agentId: AgentIdSchema,
  request: AgentRequestSchema,
  resolution: ResolutionSchema,
});
export type RequestCard = z.infer<typeof RequestCardSchema>;

/** C7: what the lobby keeps and lists of a request that is pending: never enough to decide on a long one. */
export const RequestHeadSchema = z.object({
  permissionId: PermissionIdSchema,
  /** Absent: a program in a terminal asks (C13b). */
  conversationId: ConversationIdSchema.optional(),
  agentId: AgentIdSchema,
  kind: z.enum(['permission', 'elicitation']),
  title: z.string().max(LIMITS.titleChars),
  toolKind: z.string().max(64).optional(),
  /** The beginning of the argument as a person reads it, and the characters of all of it. */
  argument: z.string().max(LIMITS.requestHeadChars),
  argumentChars: z.number().int().min(0),
  /** C8: `argument` is all there is to see, one line of at most 200 characters without invisible ones. */
  oneLine: z.boolean(),
  options: z.array(RequestOptionSchema).max(LIMITS.requestOptions),
  digest: DigestSchema,
  requestedAt: time,
  expiresAt: time.optional(),
});
export type RequestHead = z.infer<typeof RequestHeadSchema>;
