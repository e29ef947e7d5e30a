import { AuditRowSchema } from '@muster/protocol';
import * as z from 'zod';
import { EVERY_AGENT } from './rule.ts';
import type { Rows } from './types.ts';
import { about, limit, named, next, sequence } from './words.ts';

/** X8: rows of a chain that one request checks; the next goes on where it ended. */
export const VERIFIED_ROWS = 20_000;

export const AUDIT = {
  'GET /api/audit': {
    least: 'admin',
    writes: false,
    bucket: 'search',
    summary: 'Who did what, newest first. What was done just now appears within seconds.',
    query: z.object({ limit, before: sequence.optional(), ...about, action: named }),
    answer: z.object({ entries: z.array(AuditRowSchema), next }),
  },
  'GET /api/audit/verify': {
    least: EVERY_AGENT,
    writes: false,
    bucket: 'search',
    summary: `Whether the audit log is as it was written. At most ${VERIFIED_ROWS} rows at a time: \`after\` goes on at \`next\`.`,
    query: z.object({ after: sequence.optional() }),
    answer: z.object({
      state: z.enum(['intact', 'broken']),
      /** How many rows were checked, and how many there are to be. */
      checked: z.number(),
      rows: z.number(),
      fault: z.object({ sequence: z.number(), kind: z.enum(['missing', 'changed', 'cut-off']) }).nullable(),
      next,
    }),
  },
} as const satisfies Rows;
