import {
  type AgentLimit,
  type AgentUid,
  type ApiToken,
  ApiTokenSchema,
  type Invitation,
  InvitationSchema,
  LIMITS,
  type Member,
  type MemberDetails,
  MemberDetailsSchema,
  type MemberGrant,
  type MemberId,
  MemberIdSchema,
  type PasskeySummary,
  PasskeySummarySchema,
  type Result,
  type Role,
  type SessionSummary,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';

import type { MemberBudget } from '../budgets.ts';

export { type RightsChange, RightsChangeSchema } from '../../../auth/claims.ts';

/** A member. Removed members stay on record, so that their id is never reused. Times: ms since 1970. */
export const MemberRowSchema = MemberDetailsSchema.omit({ seenAt: true }).extend({
  removedAt: z.number().nullable(),
});
export type MemberRow = z.infer<typeof MemberRowSchema>;

/** X3: a sign-in, and the refresh tokens that may renew it. Times: ms since 1970. */
export const SessionRowSchema = z.object({
  sid: z.string(),
  memberId: MemberIdSchema,
  device: z.string().max(LIMITS.deviceChars),
  address: z.string().nullable(),
  createdAt: z.number(),
  usedAt: z.number(),
  expiresAt: z.number(),
  /** Hashes of the unused tokens; more than one where a response was lost and the client asked again. */
  unused: z.array(z.string()),
  /** Hash of the one they were given for; null: they came with the sign-in. */
  spent: z.string().nullable(),
  /** The tokens that are good now: all that were given for one of the generation before. From 0. */
  generation: z.number().int().default(0),
  /** The generation that those of `unused` count as: an earlier version gave them. */
  unusedAs: z.number().int().default(0),
  /** When this generation began: the first use of one before it; null: with the sign-in. */
  rotatedAt: z.number().nullable().default(null),
});
export type SessionRow = z.infer<typeof SessionRowSchema>;
/** X3: a refresh token that was brought. `generation`: absent in one of an earlier version. */
export interface RefreshToken {
  readonly hash: string;
  readonly generation?: number | undefined;
}
/** Of a sign-in that was renewed: the generation that the next token is to have. */
export type RenewedRights = AccessRights & { readonly generation?: number };

/** X3: an invitation, by the hash of its code. */
export const InvitationRowSchema = InvitationSchema.extend({ hash: z.string() });
export type InvitationRow = z.infer<typeof InvitationRowSchema>;

/** An API token, by the hash of it. */
export const TokenRowSchema = ApiTokenSchema.extend({ hash: z.string() });
export type TokenRow = z.infer<typeof TokenRowSchema>;
export type NewToken = Omit<TokenRow, 'createdBy' | 'createdAt' | 'usedAt'>;

/** X3: a passkey: what its credential needs to be recognised by. */
export const PasskeyRowSchema = PasskeySummarySchema.extend({
  memberId: MemberIdSchema,
  /** COSE, base64url. */
  publicKey: z.string(),
  /** How often it signed, where it counts. */
  counter: z.number(),
  transports: z.array(z.string()),
});
export type PasskeyRow = z.infer<typeof PasskeyRowSchema>;
export type NewPasskey = Pick<PasskeyRow, 'id' | 'name' | 'publicKey' | 'counter' | 'transports'>;

/** The right to one act, used up by it. */
export interface OneTimeCode {
  readonly code: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** X5: the rights of a sign-in now. */
export interface AccessRights {
  readonly member: Member;
  /** Each of these limits holds; none: every agent. */
  readonly agents: readonly AgentLimit[];
  readonly sid: string;
  /** When that sign-in ends by itself, ms since 1970. */
  readonly expiresAt: number;
  readonly revision: number;
  /** The agent that `reaches` names; null: there is none that they may see. Absent without `reaches`. */
  readonly reached?: AgentUid | null;
}

/**
 * Asks for the rights of a verified sign-in. `connects`: a connection opens with it (L); `visits`: it opens
 * in this room, or in those of all agents (X18).
 */
export type RightsQuery = (SignInQuery | IdentityQuery) & {
  readonly connects?: boolean;
  readonly visits?: AgentUid | '*';
  readonly spends?: BudgetUse;
  readonly reaches?: AgentQuery;
};

/** Resolves an agent with the rights. `stays`: for a socket, so its room receives rights changes from now on (X18). */
export interface AgentQuery {
  readonly agentId: string;
  readonly stays: boolean;
}

/** X18: the cost of a request to its member. `act`: it writes, so its refusal is audited. */
export interface BudgetUse {
  readonly budget: MemberBudget;
  readonly act?: {
    readonly action: string;
    readonly agentId?: string;
    readonly target?: string;
    readonly address: string | null;
  };
}
export type SignInQuery = SessionQuery | TokenQuery;
/** Of an API token too, once it was let in. */
type SessionQuery = { readonly kind: 'session'; readonly memberId: MemberId; readonly sid: string };
type TokenQuery = { readonly kind: 'token'; readonly id: string; readonly hash: string };
/** By a token of an issuer: it is a sign-in of its own, which it cannot renew. */
export type IdentityQuery = {
  readonly kind: 'identity';
  readonly identity: Identity;
  readonly device: TokenDevice;
};

/** X2: a person whom an outside issuer vouches for, read as this deployment's settings say. */
export interface Identity {
  readonly issuer: string;
  /** Their member id if they are new: always the same for the same subject. */
  readonly ownId: MemberId;
  readonly name: string;
  /** Verified; null: none is. */
  readonly email: string | null;
  /** The member that the settings map them to. */
  readonly mapped: MemberId | null;
  /** The role of a newcomer; null: newcomers are refused. */
  readonly newcomers: Role | null;
}

/** A sign-in, or its renewal. The token itself is signed; only its hash is kept. */
export interface Device {
  readonly sid: string;
  /** Hash of the refresh token. */
  readonly refresh: string;
  readonly expiresAt: number;
  readonly device: string;
  readonly address: string | null;
}

export type TokenDevice = Omit<Device, 'refresh'>;

/** X3: a one-time link whose signature was verified. */
export interface LoginLink {
  readonly code: string;
  /** Of the link, ms. */
  readonly expiresAt: number;
  /**
   * The member to create if the team does not know them yet: only the holder of the team's key makes such
   * links.
   */
  readonly member: Member;
}

/** A member who acts: by which sign-in and from which address. The lobby knows their name and role. */
export interface ActingMember {
  readonly memberId: MemberId;
  readonly sid: string;
  readonly address: string | null;
}

/** What the Worker asks the lobby about members and sign-ins, in one table, since one RPC method serves all. */
export interface IdentityOperations {
  standing: { readonly ask: RightsQuery; readonly answer: Result<AccessRights, WireError> };
  'sign-in': {
    readonly ask: { readonly login: LoginLink; readonly device: Device };
    readonly answer: Result<AccessRights, WireError>;
  };
  /**
   * `spent`: hash of the refresh token that was brought, `generation`: its own. `generations`: the asker gives the next
   * token the generation that is answered; else it gives the one of `device`.
   */
  refresh: {
    readonly ask: {
      readonly memberId: MemberId;
      readonly spent: string;
      readonly generation?: number | undefined;
      readonly generations?: boolean;
      readonly device: Device;
    };
    readonly answer: Result<RenewedRights, WireError>;
  };
  sessions: {
    readonly ask: { readonly memberId: MemberId; readonly sid: string };
    readonly answer: readonly SessionSummary[];
  };
  /** One's own; `sid` null: all of them. */
  'end-sessions': {
    readonly ask: { readonly sid: string | null; readonly by: ActingMember };
    readonly answer: Result<null, WireError>;
  };
  members: { readonly ask: null; readonly answer: readonly MemberDetails[] };
  'add-member': {
    readonly ask: { readonly by: ActingMember; readonly grant: MemberGrant };
    readonly answer: Result<MemberDetails, WireError>;
  };
  'change-member': {
    readonly ask: { readonly by: ActingMember; readonly id: string; readonly change: MemberChange };
    readonly answer: Result<MemberDetails, WireError>;
  };
  'remove-member': {
    readonly ask: { readonly by: ActingMember; readonly id: string };
    readonly answer: Result<null, WireError>;
  };
  invitations: { readonly ask: null; readonly answer: readonly Invitation[] };
  /** `id` and `hash` are of the code, which the Worker has signed. */
  invite: {
    readonly ask: { readonly by: ActingMember; readonly invitation: NewInvitation };
    readonly answer: Result<Invitation, WireError>;
  };
  uninvite: {
    readonly ask: { readonly by: ActingMember; readonly id: string };
    readonly answer: Result<null, WireError>;
  };
  /** The member's own tokens; an admin of every agent gets all. */
  tokens: { readonly ask: { readonly by: ActingMember }; readonly answer: readonly ApiToken[] };
  'make-token': {
    readonly ask: { readonly by: ActingMember; readonly token: NewToken };
    readonly answer: Result<ApiToken, WireError>;
  };
  'revoke-token': {
    readonly ask: { readonly by: ActingMember; readonly id: string };
    readonly answer: Result<null, WireError>;
  };
  passkeys: { readonly ask: { readonly memberId: MemberId }; readonly answer: readonly PasskeyRow[] };
  'add-passkey': {
    readonly ask: { readonly by: ActingMember; readonly right: OneTimeCode; readonly passkey: NewPasskey };
    readonly answer: Result<PasskeySummary, WireError>;
  };
  'remove-passkey': {
    readonly ask: { readonly by: ActingMember; readonly id: string };
    readonly answer: Result<null, WireError>;
  };
  /** `right`: the challenge that was signed, which is used up by asking; null: it was before, or there is no such passkey. */
  passkey: {
    readonly ask: { readonly id: string; readonly right?: OneTimeCode; readonly address?: string | null };
    readonly answer: PasskeyRow | null;
  };
  /** Its signature was verified; `counter` is the passkey's own count. */
  'sign-in-by-passkey': {
    readonly ask: {
      readonly id: string;
      readonly counter: number;
      readonly right: OneTimeCode;
      readonly device: Device;
    };
    readonly answer: Result<AccessRights, WireError>;
  };
  /** The member that this identity is, or would become. */
  recognised: { readonly ask: { readonly identity: Identity }; readonly answer: Result<MemberId, WireError> };
  /** X3: a sign-in at the issuer's page, which spends its token. `memberId`: the answer of `recognised`. */
  'sign-in-by-issuer': {
    readonly ask: {
      readonly identity: Identity;
      readonly memberId: MemberId;
      readonly right: OneTimeCode;
      /** X15: the flow that was begun, which is used up too. */
      readonly flow?: OneTimeCode;
      readonly device: Device;
    };
    readonly answer: Result<AccessRights, WireError>;
  };
  /** `memberId`: the id of the new member. */
  accept: {
    readonly ask: {
      readonly id: string;
      readonly hash: string;
      readonly memberId: MemberId;
      readonly device: Device;
    };
    readonly answer: Result<AccessRights, WireError>;
  };
}

export type NewInvitation = Omit<InvitationRow, 'createdBy' | 'createdAt'>;
/** Absent fields stay as they are. */
export type MemberChange = { readonly [K in keyof MemberGrant]?: MemberGrant[K] | undefined };

export type IdentityOperation = keyof IdentityOperations;
export type IdentityInput<A extends IdentityOperation> = IdentityOperations[A]['ask'];
export type IdentityOutput<A extends IdentityOperation> = IdentityOperations[A]['answer'];
