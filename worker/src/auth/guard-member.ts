import {
  type AgentUid,
  err,
  ok,
  type Result,
  type TeamId,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type Env, lobbyOf } from '../env.ts';
import type { AccessRights, RightsQuery } from '../rpc.ts';
import { isApiToken, openApiToken } from './api-tokens.ts';
import { attempt, callerAt } from './attempts.ts';
import type { MemberClaims } from './claims.ts';
import { type CallerInfo, issuerOf, verifyIssuerToken } from './issuers/issuers.ts';
import { RecentlyVerified } from './recently-verified.ts';
import { signingKey, verifyToken } from './tokens.ts';

/** X5: asks the lobby for the current rights of a sign-in. */
export type ResolveRights = (ask: RightsQuery) => Promise<Result<AccessRights, WireError>>;

/** How a token comes. */
export interface TokenContext {
  readonly from?: CallerInfo;
  /** L: a connection opens with it. */
  readonly connects?: boolean;
  /** X18: it goes to this room, or to those of all agents. */
  readonly visits?: RightsQuery['visits'] | undefined;
  /** X18: what it costs its member. */
  readonly spends?: RightsQuery['spends'];
  /** Also resolves this agent, in the same question to the lobby. */
  readonly reaches?: RightsQuery['reaches'];
  /** Awaited between verifying the signature and asking the lobby. */
  readonly beforeAsk?: () => Promise<void>;
}

/** A member's claims, and the agent that `reaches` names; null: there is none that they may see. */
export interface ResolvedMember {
  readonly claims: MemberClaims;
  readonly reached?: AgentUid | null;
}

/** Verifies a member's token and resolves the agent that it is used for. */
type ResolveMember = (
  team: TeamId,
  token: string,
  now: number,
  coming?: TokenContext,
) => Promise<Result<ResolvedMember, WireError>>;

/** Verifies a member's token, wherever it comes from. */
export type VerifyMember = (
  team: TeamId,
  token: string,
  now: number,
  coming?: TokenContext,
) => Promise<Result<MemberClaims, WireError>>;

/** The settings that say which issuers are trusted. */
export type Trust = Pick<Env, 'MUSTER_KEY' | 'MUSTER_ISSUERS' | 'MUSTER_TEAM'>;

/**
 * A token whose signature was verified. `expiresAt`: how long that counts, ms since 1970; null: the lobby
 * knows.
 */
interface VerifiedToken {
  readonly ask: RightsQuery;
  readonly expiresAt: number | null;
}

async function verifyAnyToken(
  trust: Trust,
  team: TeamId,
  token: string,
  now: number,
  from: CallerInfo | undefined,
): Promise<Result<VerifiedToken, WireError>> {
  if (isApiToken(token)) {
    const opened = await openApiToken(signingKey(trust.MUSTER_KEY), team, token, now);
    return opened.ok ? ok({ ask: { kind: 'token', ...opened.value }, expiresAt: null }) : opened;
  }
  const issuer = issuerOf(trust, team, token);
  if (!issuer.ok) return issuer;
  if (issuer.value !== null) return verifyIssuerToken(issuer.value, token, now, from);
  return verifyOwnToken(trust, team, token, now);
}

async function verifyOwnToken(
  { MUSTER_KEY }: Trust,
  team: TeamId,
  token: string,
  now: number,
): Promise<Result<VerifiedToken, WireError>> {
  const verified = await verifyToken(signingKey(MUSTER_KEY), 'access', token, now);
  if (!verified.ok) return verified;
  const { body, expiresAt } = verified.value;
  if (body.team !== team) return err(wireError('AUTH_FAILED', 'The token is for another team'));
  return ok({ ask: { kind: 'session', memberId: body.sub, sid: body.sid }, expiresAt });
}

/**
 * X2, X5: verifies the signature first, so that a bad token wakes no object (G3); then asks the lobby for the
 * current rights, whatever the token says.
 */
function memberResolver(trust: Trust, askAt: (team: TeamId) => ResolveRights): ResolveMember {
  return async (team, token, now, coming = {}) => {
    const { from, connects = false, visits, spends, reaches, beforeAsk } = coming;
    const proved = await verifyAnyToken(trust, team, token, now, from);
    if (!proved.ok) return proved;
    const { ask, expiresAt } = proved.value;
    await beforeAsk?.();
    const rights = await askAt(team)({
      ...ask,
      ...(connects ? { connects } : {}),
      ...(visits === undefined ? {} : { visits }),
      ...(spends === undefined ? {} : { spends }),
      ...(reaches === undefined ? {} : { reaches }),
    });
    if (!rights.ok) return rights;
    const { reached } = rights.value;
    const claims = claimsOf(team, rights.value, expiresAt ?? rights.value.expiresAt);
    return ok({ claims, ...(reached === undefined ? {} : { reached }) });
  };
}

/** Verifies a member's token and returns the claims alone. */
export function memberVerifier(trust: Trust, askAt: (team: TeamId) => ResolveRights): VerifyMember {
  const resolve = memberResolver(trust, askAt);
  return async (...asked) => {
    const resolved = await resolve(...asked);
    return resolved.ok ? ok(resolved.value.claims) : resolved;
  };
}

/** A member's rights as claims for the objects. `expiresAt`: of the presented token, ms since 1970. */
export const claimsOf = (
  team: TeamId,
  { member, agents, sid, revision }: AccessRights,
  expiresAt: number,
): MemberClaims => ({
  kind: 'member',
  team,
  member: member.id,
  name: member.name,
  role: member.role,
  agents: [...agents],
  sid,
  revision,
  expiresAt,
});

/** The same in a room, where a token comes in a message: its member is there from then on (X18). */
export const roomMemberVerifier =
  (env: Env, room: () => AgentUid | undefined): VerifyMember =>
  (team, token, now, coming) =>
    messageTokenVerifier(env)(team, token, now, { ...coming, visits: room() });

const UNAVAILABLE = wireError('SERVICE_UNAVAILABLE', 'the service restarts; please try again');

/** Sign-ins that this isolate's lobbies knew a short while ago. */
const known = new RecentlyVerified();

/** The verified sign-in, and the key that its attempts are counted under. `address`: of the caller. */
function signInOf(team: TeamId, ask: RightsQuery, address: string) {
  switch (ask.kind) {
    case 'session': {
      const name = `session ${team} ${ask.sid}`;
      return { name, caller: name };
    }
    case 'token':
      return { name: `token ${team} ${ask.id} ${ask.hash}`, caller: callerAt(address) };
    case 'identity': {
      const caller = `identity ${team} ${ask.identity.ownId}`;
      return { name: `${caller} ${ask.device.sid}`, caller };
    }
  }
}

/**
 * X14: a stolen or ended sign-in has a valid signature, and only the lobby knows that it ended, so each
 * question counts as an attempt until it succeeds. API tokens count by address, so that many tokens do not
 * allow many attempts; sessions and issuers' accounts count by themselves, so that others behind the same
 * address cannot lock them out.
 */
function rateLimitedRights(env: Env, team: TeamId, address: string | null): ResolveRights {
  return async (ask) => {
    const resolve = () => lobbyOf(env, team).people('standing', ask);
    if (address === null) return resolve();
    const { name, caller } = signInOf(team, ask, address);
    const isKnown = known.get(name, Date.now()) !== null;
    const rights = isKnown ? await resolve() : await attempt(env, caller, resolve);
    if (rights.ok) known.put(name, true, Date.now());
    else if (rights.error.code !== 'RATE_LIMIT') known.delete(name);
    return rights;
  };
}

const rateLimited = (env: Env, team: TeamId, coming: TokenContext | undefined) => () =>
  rateLimitedRights(env, team, coming?.from?.address ?? null);

/** Verifies a token outside the lobby and asks it once. @throws when the lobby cannot be reached */
export const resolveMember = (
  env: Env,
  ...[team, token, now, coming]: Parameters<ResolveMember>
): Promise<Result<ResolvedMember, WireError>> =>
  memberResolver(env, rateLimited(env, team, coming))(team, token, now, coming);

const verifyMember = (
  env: Env,
  ...[team, token, now, coming]: Parameters<VerifyMember>
): Promise<Result<MemberClaims, WireError>> =>
  memberVerifier(env, rateLimited(env, team, coming))(team, token, now, coming);

/** For a token in a message: the sender is the only one to tell when the lobby cannot be reached. */
export const messageTokenVerifier =
  (env: Env): VerifyMember =>
  (team, token, now, coming) =>
    verifyMember(env, team, token, now, coming).catch(() => err(UNAVAILABLE));
