import * as z from 'zod';
import { MessageIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';

/** The envelope of every text frame. From a client only `type` is required. */
export const MetadataSchema = z.object({
  correlationId: MessageIdSchema.optional(),
  agentId: z.string().max(LIMITS.nameChars).optional(),
  priority: z.enum(['low', 'normal', 'high']).optional(),
  /**
   * I1: when this request was first sent, ms since 1970 by the server's clock, however often it is sent. A server that
   * does not remember the request and may have forgotten it by now refuses it.
   */
  askedAt: z.number().min(0).optional(),
});
export type Metadata = z.infer<typeof MetadataSchema>;

export const EnvelopeSchema = z.object({
  version: z.string().max(32).optional(),
  id: MessageIdSchema.optional(),
  type: z.string().min(1).max(64),
  /** ms since 1970; 003 sends it, nobody acts on it. */
  timestamp: z.number().optional(),
  payload: z.unknown().optional(),
  metadata: MetadataSchema.optional(),
});
export type Envelope = z.infer<typeof EnvelopeSchema>;
