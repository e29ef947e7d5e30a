import {
  AgentLimitSchema,
  ApiTokenSchema,
  EmailSchema,
  InvitationSchema,
  MemberDetailsSchema,
  MemberGrantSchema,
  RoleSchema,
  TokenInputSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { EVERY_AGENT } from './rule.ts';
import type { Rows } from './types.ts';
import { ends, list } from './words.ts';

/** Absent fields stay as they are. */
const granted = z.object({
  name: MemberGrantSchema.shape.name.optional(),
  role: RoleSchema.optional(),
  agents: AgentLimitSchema.nullable().optional(),
  email: EmailSchema.nullable().optional(),
});

/** Members, invitations and API tokens. */
export const MEMBERS = {
  'GET /api/members': {
    least: EVERY_AGENT,
    writes: false,
    bucket: 'read',
    summary: 'Who is in the team.',
    answer: list('members', MemberDetailsSchema),
  },
  'POST /api/members': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Makes a member, who signs in by their e-mail address at a configured issuer.',
    body: MemberGrantSchema,
    answer: MemberDetailsSchema,
    status: 201,
  },
  'PATCH /api/members/:id': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Changes a member; their sockets follow at once.',
    body: granted,
    answer: MemberDetailsSchema,
  },
  'DELETE /api/members/:id': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    ...ends('Removes a member; their sockets close at once. The last admin stays.'),
  },
  'GET /api/invitations': {
    least: EVERY_AGENT,
    writes: false,
    bucket: 'read',
    summary: 'Invitations that nobody has used yet.',
    answer: list('invitations', InvitationSchema),
  },
  'POST /api/invitations': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    summary: 'Makes a one-time link that makes a member; it is shown this once.',
    body: MemberGrantSchema,
    answer: z.object({ invitation: InvitationSchema, code: z.string(), link: z.url() }),
    status: 201,
  },
  'DELETE /api/invitations/:id': {
    least: EVERY_AGENT,
    writes: true,
    bucket: 'people',
    ...ends('Takes an invitation back.'),
  },
  'GET /api/tokens': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'One’s own API tokens; an admin sees those of all.',
    answer: list('tokens', ApiTokenSchema),
  },
  'POST /api/tokens': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    summary: 'Makes an API token, of at most one’s own role; it is shown this once (`expiresIn`: ms).',
    body: TokenInputSchema,
    answer: ApiTokenSchema.extend({ token: z.string() }),
    status: 201,
  },
  'DELETE /api/tokens/:id': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    ...ends('Deletes an API token; its sockets close at once.'),
  },
} as const satisfies Rows;
