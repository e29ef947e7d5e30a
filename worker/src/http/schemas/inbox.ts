import { RequestHeadSchema } from '@muster/protocol';
import * as z from 'zod';
import type { Rows } from './types.ts';
import { limit, next, sequence } from './words.ts';

export const INBOX = {
  'GET /api/permissions': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'What agents ask people and nobody has answered, newest first.',
    query: z.object({
      /** Those that were answered are in their conversations. */
      state: z.literal('pending', 'must be pending: only what waits is listed').default('pending'),
      limit,
      before: sequence.optional(),
    }),
    answer: z.object({
      permissions: z.array(RequestHeadSchema.extend({ state: z.literal('pending') })),
      next,
    }),
  },
} as const satisfies Rows;
