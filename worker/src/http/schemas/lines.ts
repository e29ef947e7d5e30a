import { AckSchema, ClientIdSchema, EnvelopeSchema, LIMITS } from '@muster/protocol';
import * as z from 'zod';
import { ruleOf } from './rule.ts';
import type { Rows } from './types.ts';
import { ends, place, sequence } from './words.ts';

/** G5: a poller's name for its line: it makes it up, one for each that it opens. */
const line = z.string().regex(/^[A-Za-z0-9._-]{8,128}$/, 'has 8 to 128 letters, digits, . _ -');
/** I1, B9: the client's own name, the same as on its sockets. */
const client = ClientIdSchema.optional();
const events = z.object({
  line: line.optional(),
  client,
  got: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** C4: what the client knows, as on the address of a socket. */
  features: z.string().max(LIMITS.nameChars).optional(),
  wait: z.coerce.number().int().min(0).max(LIMITS.pollWait).default(LIMITS.pollWait),
});

/** A socket's messages, for clients without sockets. */
export const LINES = {
  /** G5. The role is checked for each message of the line. */
  'GET /api/events': {
    least: 'viewer',
    writes: false,
    bucket: 'poll',
    summary: 'The messages of a dashboard as a long poll (G5).',
    query: events,
  },
  'DELETE /api/events': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    ...ends('Ends a polled line.'),
    query: z.object({ line }),
  },
  'GET /api/agents/:agentId/events': {
    least: ruleOf('subscribe:agent').least,
    writes: false,
    bucket: 'poll',
    summary: 'The messages and the output of one agent as a long poll (G5).',
    query: events.extend({
      after: place.optional(),
      history: z.enum(['screen', 'full']).optional(),
    }),
  },
  /** Asked for its own role, and counted as what it is. */
  'POST /api/messages': {
    least: 'viewer',
    writes: false,
    bucket: 'message',
    summary:
      'Any message of a viewer; its ack is the answer. With `line`: its texts, one in each line (204).',
    query: z.object({ line: line.optional(), client, from: sequence.optional() }),
    body: EnvelopeSchema,
    answer: AckSchema,
  },
} as const satisfies Rows;
