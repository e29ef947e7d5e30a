import { HostIdSchema, HostSummarySchema, LIMITS, TeamIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { HostKeySchema } from '../../auth/host-assertion.ts';
import { EVERY_AGENT } from './rule.ts';
import type { Rows } from './types.ts';
import { code, done, list, token } from './words.ts';

export const HOSTS = {
  'GET /api/hosts': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'All hosts.',
    answer: list('hosts', HostSummarySchema),
  },
  /** The enrolment token is the right to it. */
  'POST /api/hosts': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary: 'Enrols a host by a one-time token: registers the key that it signs its dials with.',
    body: z.object({
      token: code,
      name: z.string().trim().min(1, 'must not be empty').max(LIMITS.nameChars),
      /** A host that was enrolled before keeps its identity, and so its agents. */
      hostId: HostIdSchema.optional(),
      publicKey: HostKeySchema,
      /** An assertion of the host for this address and for the new key (claim `key`), signed by its present key. */
      proof: code.optional(),
    }),
    answer: z.object({ hostId: HostIdSchema, team: TeamIdSchema }),
    status: 201,
  },
  'POST /api/hosts/enrolment': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Makes a one-time token for a new host, or for the one that is named.',
    body: z.object({
      hostId: HostIdSchema.optional(),
      /** The named host has a good key, which another machine's is to replace. */
      replace: z.boolean().default(false),
    }),
    answer: token,
    status: 201,
  },
  'POST /api/hosts/:hostId/revoke': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Revokes the key of a host: its sockets are closed and refused from now on.',
    answer: done,
  },
  'DELETE /api/hosts/:hostId': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Forgets a revoked host that has no agents.',
    answer: done,
  },
} as const satisfies Rows;
