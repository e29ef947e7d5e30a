import * as z from 'zod';
import { PermissionIdSchema } from '../conversations/ids.ts';
import { AgentIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { PUSH_LIMITS } from './limits.ts';

/** C9: an option of the agent's as a button, and the token that chooses it once. */
export const PushActionSchema = z.object({
  /** The option's id. */
  action: z.string().min(1).max(LIMITS.messageIdChars),
  title: z.string().max(LIMITS.optionChars),
  token: z.string().min(1).max(PUSH_LIMITS.tokenChars),
});
export type PushAction = z.infer<typeof PushActionSchema>;

/** C10: what the service worker gets. It always shows a notification, which replaces one with the same `tag`. */
export const PushPayloadSchema = z.object({
  /** `answered`: takes the place of a request's notification. */
  kind: z.enum(['request', 'reminder', 'answered', 'finished', 'failed', 'attention', 'test']),
  title: z.string().max(PUSH_LIMITS.titleChars),
  body: z.string().max(PUSH_LIMITS.bodyChars),
  tag: z.string().max(300),
  /** A path of the dashboard. */
  url: z.string().max(LIMITS.pathChars),
  agentId: AgentIdSchema.optional(),
  permissionId: PermissionIdSchema.optional(),
  actions: z.array(PushActionSchema).max(PUSH_LIMITS.actions),
  /** When it happened, ms since 1970. */
  at: z.number(),
  /** Requests that wait for this person now. */
  badge: z.number().int().min(0),
});
export type PushPayload = z.infer<typeof PushPayloadSchema>;

/** `POST /api/push/act`. */
export const PushActSchema = z.object({
  token: PushActionSchema.shape.token,
  optionId: PushActionSchema.shape.action,
});
export type PushAct = z.infer<typeof PushActSchema>;
