import * as z from 'zod';
import { AgentIdSchema, MessageIdSchema } from '../ids.ts';

/** Viewer → lobby (C10). */
export const PUSH_VIEWER_SCHEMAS = {
  /** The agent that the page shows, and whether it is visible and has the focus. */
  focus: z.object({ agentId: AgentIdSchema.nullable(), visible: z.boolean() }),
  /** The page showed this event to its reader. */
  seen: z.object({ eventId: MessageIdSchema }),
} as const;

/** Lobby → the pages that are looking at that agent. */
export const PUSH_SERVER_MESSAGES = {
  /** It is pushed unless one of the pages acknowledges it within 5 s. */
  'attention:event': z.object({
    eventId: MessageIdSchema,
    agentId: AgentIdSchema,
    event: z.enum(['request', 'finished', 'failed', 'attention']),
    at: z.number().min(0),
  }),
} as const satisfies Record<string, z.ZodType>;
