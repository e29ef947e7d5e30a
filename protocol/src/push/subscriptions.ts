import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { PUSH_LIMITS } from './limits.ts';
import { PushEventSchema } from './settings.ts';

const base64url = (bytes: string, pattern: RegExp) =>
  z.string().regex(pattern, `must be ${bytes} as base64url`);

/** The address that a push service gave a browser. */
export const PushEndpointSchema = z
  .url({ protocol: /^https?$/, error: 'must be the address of a push service' })
  .max(PUSH_LIMITS.endpointChars);

/** RFC 8291: what the browser's `PushSubscription.toJSON()` gives, and a name for the device. */
export const PushSubscriptionInputSchema = z.object({
  endpoint: PushEndpointSchema,
  keys: z.object({
    /** The browser's public key: an uncompressed point of P-256. */
    p256dh: base64url('65 bytes', /^B[A-Za-z0-9_-]{86}=?$/),
    auth: base64url('16 bytes', /^[A-Za-z0-9_-]{22}(?:==)?$/),
  }),
  /** How its owner knows it. Default: what its User-Agent says. */
  device: z.string().trim().min(1).max(LIMITS.deviceChars).optional(),
});
export type PushSubscriptionInput = z.infer<typeof PushSubscriptionInputSchema>;

/** What became of one push. `withheld`: a page was looked at, or it is quiet. `removed`: the browser had given it up. */
export const PushOutcomeSchema = z.object({
  at: z.number(),
  event: z.enum([...PushEventSchema.options, 'test']),
  outcome: z.enum(['sent', 'withheld', 'failed', 'removed']),
  /** The push service's answer; absent: none came. */
  status: z.number().int().optional(),
  /** In a person's words. */
  reason: z.string().max(LIMITS.textChars).optional(),
});
export type PushOutcome = z.infer<typeof PushOutcomeSchema>;

/** A device of one's own that gets pushes. Times: ms since 1970. */
export const PushSubscriptionSummarySchema = z.object({
  subscriptionId: z.string(),
  device: z.string(),
  /** The push service's host. */
  service: z.string(),
  /** By which a page finds its own; only its owner sees it. */
  endpoint: z.string(),
  createdAt: z.number(),
  lastOutcome: PushOutcomeSchema.nullable(),
});
export type PushSubscriptionSummary = z.infer<typeof PushSubscriptionSummarySchema>;
