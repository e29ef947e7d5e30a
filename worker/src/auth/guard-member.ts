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
import { KnownCallers } from './known-callers.ts';
import { signingKey, verifyToken } from './tokens.ts';

/** X5: who somebody is now; the lobby's to say. */
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
}

/** What checks the token that a member brings, wherever it comes. */
export type VerifyMember = (
  team: TeamId,
  token: string,
  now: number,
  coming?: TokenContext,
) => Promise<Result<MemberClaims, WireError>>;

/** The settings that say whose word counts. */
export type Trust = Pick<Env, 'MUSTER_KEY' | 'MUSTER_ISSUERS' | 'MUSTER_TEAM'>;

/** By whatever was verified of him. `expiresAt`: until when that counts, ms since 1970; null: the lobby knows. */
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

/** X2, X5: first the signature, so that a bad token wakes nobody (G3); then who that is now, whatever the token says. */
export function memberVerifier(trust: Trust, askAt: (team: TeamId) => ResolveRights): VerifyMember {
  return async (team, token, now, { from, connects = false, visits, spends } = {}) => {
    const proved = await verifyAnyToken(trust, team, token, now, from);
    if (!proved.ok) return proved;
    const { ask, expiresAt } = proved.value;
    const rights = await askAt(team)({
      ...ask,
      ...(connects ? { connects } : {}),
      ...(visits === undefined ? {} : { visits }),
      ...(spends === undefined ? {} : { spends }),
    });
    if (!rights.ok) return rights;
    return ok(claimsOf(team, rights.value, expiresAt ?? rights.value.expiresAt));
  };
}

/** What somebody's standing is among the objects. `expiresAt`: of what he proved himself by, ms since 1970. */
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
const known = new KnownCallers();

/** A sign-in as it was proved by a signature, and by whom its attempts are counted. `address`: whence it came. */
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
 * X14: a stolen or ended sign-in is signed as well as a good one, and only the lobby knows: so asking is an attempt until
 * it was answered well. It is the address' own, so that many tokens are not many attempts; of a session, and of an
 * issuer's account, it is that one's own, so that nobody is kept out by others behind their address.
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

/** The same, from outside the lobby. @throws when the lobby cannot be reached */
export const verifyMember = (
  env: Env,
  team: TeamId,
  token: string,
  now: number,
  coming?: TokenContext,
): Promise<Result<MemberClaims, WireError>> =>
  memberVerifier(env, () => rateLimitedRights(env, team, coming?.from?.address ?? null))(
    team,
    token,
    now,
    coming,
  );

/** For a token that came in a message: nobody but its sender can be told that the lobby cannot be reached. */
export const messageTokenVerifier =
  (env: Env): VerifyMember =>
  (team, token, now, coming) =>
    verifyMember(env, team, token, now, coming).catch(() => err(UNAVAILABLE));
