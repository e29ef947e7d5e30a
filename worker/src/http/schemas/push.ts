import {
  PushActSchema,
  PushEndpointSchema,
  PushSettingsSchema,
  PushSubscriptionInputSchema,
  PushSubscriptionSummarySchema,
} from '@muster/protocol';
import * as z from 'zod';
import type { Rows } from './types.ts';

const own = { least: 'viewer', writes: true, bucket: 'people' } as const;
const reads = { least: 'viewer', writes: false, bucket: 'read' } as const;

export const PUSH = {
  'GET /api/push/key': {
    ...reads,
    summary: "The team's public key for push services (RFC 8292).",
    answer: z.object({ key: z.string() }),
  },
  'GET /api/push/subscriptions': {
    ...reads,
    summary: "The caller's own devices that are notified, and what became of the last push to each.",
    answer: z.object({ subscriptions: z.array(PushSubscriptionSummarySchema) }),
  },
  'POST /api/push/subscriptions': {
    ...own,
    status: 201,
    summary: 'Registers a device of the caller; again with the same endpoint changes nothing.',
    body: PushSubscriptionInputSchema,
    answer: PushSubscriptionSummarySchema,
  },
  'DELETE /api/push/subscriptions': {
    ...own,
    status: 204,
    summary: "Removes a device of the caller's own, by its endpoint or its id.",
    body: z.union([
      z.object({ endpoint: PushEndpointSchema }),
      z.object({ subscriptionId: z.string().max(64) }),
    ]),
  },
  'GET /api/push/settings': {
    ...reads,
    summary: 'What the caller is notified of.',
    answer: PushSettingsSchema,
  },
  'PUT /api/push/settings': {
    ...own,
    summary: 'Changes what the caller is notified of, on all their devices.',
    body: PushSettingsSchema,
    answer: PushSettingsSchema,
  },
  'POST /api/push/test': {
    ...own,
    status: 202,
    summary: "A notification to the caller's own devices, 3 s later.",
    answer: z.object({ devices: z.number().int() }),
  },
  'POST /api/push/act': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary: "Presses a button of a notification, once; its token is the caller's right to.",
    body: PushActSchema,
  },
} as const satisfies Rows;
