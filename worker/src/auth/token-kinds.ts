import {
  DigestSchema,
  HostIdSchema,
  MemberIdSchema,
  PermissionIdSchema,
  PUSH_LIMITS,
  RequestOptionSchema,
  RoleSchema,
  TeamIdSchema,
} from '@muster/protocol';
import * as z from 'zod';

/** X2: the issuer of our own tokens. */
export const OWN_ISSUER = 'muster';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The member at the time of signing; the lobby knows their current rights (X5). */
const member = z.object({
  sub: MemberIdSchema,
  team: TeamIdSchema,
  role: RoleSchema,
  name: z.string().max(100),
});
const session = member.extend({ sid: z.string().min(1).max(128) });
/** `browser`: the hash of the cookie that the challenge was given with; it is good for nothing in another browser. */
const challenge = z.object({ sub: z.string(), team: TeamIdSchema, browser: z.string() });

/** X3: what a sign-in at an issuer's own page was begun with; it is the browser's own, and good for nothing without it. */
const flow = z.object({
  state: z.string(),
  nonce: z.string(),
  /** PKCE (RFC 7636). */
  verifier: z.string(),
  /** Where the issuer sends the browser back to, exactly. */
  redirect: z.string(),
});
export type RedirectFlow = z.infer<typeof flow>;

/**
 * X2: what each kind of token is for (`aud`), how it calls itself (`typ`), how long it lives (ms) and what
 * it holds. A kind is never accepted in place of another.
 */
export const TOKEN_KINDS = {
  /** Every request and socket of a member. */
  access: { typ: 'access+jwt', aud: 'muster:api', lifetime: 60 * MINUTE, body: session },
  /** Buys new access tokens, once (X3). */
  refresh: {
    typ: 'refresh+jwt',
    aud: 'muster:refresh',
    lifetime: 30 * DAY,
    body: session.pick({ sub: true, team: true, sid: true }).extend({
      /** Which of its sign-in's tokens it is; absent: the lobby knows it by its hash. */
      generation: z.number().int().min(0).optional(),
    }),
  },
  /** X3: the one-time link that signs a member in. */
  login: { typ: 'login+jwt', aud: 'muster:login', lifetime: 15 * MINUTE, body: member },
  /** X3: the one-time link that makes a member. `sub`: the invitation. */
  invite: {
    typ: 'invite+jwt',
    aud: 'muster:invite',
    lifetime: 7 * DAY,
    body: z.object({ sub: z.string().min(1).max(128), team: TeamIdSchema }),
  },
  /** X3: the challenge of a sign-in by passkey. `sub` has no meaning. */
  passkey: { typ: 'passkey+jwt', aud: 'muster:passkey', lifetime: 5 * MINUTE, body: challenge },
  /** X3: what a new passkey of a member signs. */
  'passkey-add': {
    typ: 'passkey-add+jwt',
    aud: 'muster:passkey-add',
    lifetime: 5 * MINUTE,
    body: challenge.extend({ sub: MemberIdSchema }),
  },
  /** X3: a browser that is at an issuer's page. `sub`: the issuer. */
  redirect: {
    typ: 'redirect+jwt',
    aud: 'muster:redirect',
    lifetime: 10 * MINUTE,
    body: flow.extend({ sub: z.string(), team: TeamIdSchema }),
  },
  /** C10: one button of one notification on one device. `sub`: its member. */
  push: {
    typ: 'push+jwt',
    aud: 'muster:push',
    lifetime: PUSH_LIMITS.actionLifetime,
    body: z.object({
      sub: MemberIdSchema,
      team: TeamIdSchema,
      device: z.string(),
      permission: PermissionIdSchema,
      digest: DigestSchema,
      option: RequestOptionSchema.shape.optionId,
    }),
  },
  /** X14: an admitted host, which tells it from unknown callers. `key`: the host's public key, `x`. */
  ticket: {
    typ: 'ticket+jwt',
    aud: 'muster:host',
    lifetime: 30 * DAY,
    body: z.object({ sub: HostIdSchema, team: TeamIdSchema, key: z.string() }),
  },
  /**
   * X4, X15: one-time; registers the key of a new host, or of the host that it names. `sub` is the member who made it.
   */
  enrol: {
    typ: 'enrol+jwt',
    aud: 'muster:enrol',
    lifetime: 15 * MINUTE,
    body: z.object({
      sub: MemberIdSchema,
      team: TeamIdSchema,
      host: HostIdSchema.optional(),
      /** The named host's good key is replaced, by an admin's explicit act. */
      replaces: z.boolean().optional(),
    }),
  },
} as const;

export type TokenKind = keyof typeof TOKEN_KINDS;
export type TokenBody<K extends TokenKind> = z.infer<(typeof TOKEN_KINDS)[K]['body']>;
