import {
  AgentLimitSchema,
  LIMITS,
  MemberGrantSchema,
  MemberSchema,
  PasskeySummarySchema,
  SessionSummarySchema,
  TeamIdSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { CreatedSchema, SignedSchema } from '../../auth/passkeys.ts';
import type { Rows } from './types.ts';
import { code, ends, list, signedIn } from './words.ts';

/** How one signs in, and where one is signed in. */
export const SIGN_IN = {
  'POST /api/auth/exchange': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary: 'Signs in by the code of a one-time link.',
    body: z.object({ code }),
    answer: signedIn,
  },
  /** The code is the right to it. */
  'POST /api/auth/accept': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary: 'Makes a member by the code of an invitation, and signs them in.',
    body: z.object({ code }),
    answer: signedIn,
  },
  'POST /api/auth/refresh': {
    least: 'anyone',
    writes: true,
    bucket: 'session',
    summary: 'Renews the session by its cookie, which is used up by it.',
    answer: signedIn,
  },
  'POST /api/auth/signout': {
    least: 'anyone',
    writes: true,
    bucket: 'session',
    ...ends('Ends the session of the cookie and removes its cookies.'),
  },
  'GET /api/auth/me': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'Who asks.',
    answer: z.object({
      member: MemberSchema,
      team: TeamIdSchema,
      expiresAt: z.number(),
      /** Each of these limits holds; none: every agent. */
      agents: z.array(AgentLimitSchema),
    }),
  },
  'GET /api/auth/sessions': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'Where one is signed in, the newest use first.',
    answer: list('sessions', SessionSummarySchema),
  },
  'DELETE /api/auth/sessions': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    ...ends('Signs out everywhere.'),
  },
  'DELETE /api/auth/sessions/:sid': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    ...ends('Signs out one device.'),
  },
  'GET /api/auth/passkeys': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: "One's own passkeys.",
    answer: list('passkeys', PasskeySummarySchema),
  },
  'POST /api/auth/passkeys/options': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'What a browser makes a passkey from (WebAuthn).',
  },
  'POST /api/auth/passkeys': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    summary: 'Adds a passkey to sign in by; `created`: what the browser made.',
    body: z.object({ name: MemberGrantSchema.shape.name, created: CreatedSchema }),
    answer: PasskeySummarySchema,
    status: 201,
  },
  'DELETE /api/auth/passkeys/:id': {
    least: 'viewer',
    writes: true,
    bucket: 'people',
    ...ends('Deletes a passkey.'),
  },
  'POST /api/auth/passkey/options': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: 'What a browser asks for a passkey with (WebAuthn).',
  },
  /** The passkey is the right to it. */
  'POST /api/auth/passkey': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary: 'Signs in by a passkey; `signed`: what the browser was given.',
    body: z.object({ signed: SignedSchema }),
    answer: signedIn,
  },
  /** The issuer's redirect is the credential. */
  'GET /api/auth/issuers': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: "Where one may sign in beside here, each at the issuer's own page.",
    answer: list('issuers', z.object({ issuer: z.string(), name: z.string() })),
  },
  'POST /api/auth/issuer/options': {
    least: 'anyone',
    writes: false,
    bucket: 'open',
    summary: 'Begins to sign in at an issuer; `address` is where the browser goes. A cookie keeps the rest.',
    body: z.object({ issuer: z.string().max(LIMITS.textChars) }),
    answer: z.object({ address: z.string() }),
  },
  'POST /api/auth/issuer': {
    least: 'anyone',
    writes: true,
    bucket: 'attempt',
    summary:
      'Signs in a member who came back from an issuer; `returned`: the query of the address they came back to.',
    body: z.object({ returned: z.string().max(LIMITS.tokenChars) }),
    answer: signedIn,
  },
} as const satisfies Rows;
