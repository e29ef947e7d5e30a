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
import type { Standing, StandingAsk } from '../rpc.ts';
import { isApiToken, openApiToken } from './api-tokens.ts';
import type { MemberClaims } from './claims.ts';
import { type From, issuerOf, provedBy } from './issuers/issuers.ts';
import { signingKey, verifyToken } from './tokens.ts';

/** X5: who somebody is now; the lobby's to say. */
export type AskStanding = (ask: StandingAsk) => Promise<Result<Standing, WireError>>;

/** How a token comes. */
export interface Coming {
  readonly from?: From;
  /** L: a connection opens with it. */
  readonly connects?: boolean;
  /** X18: it goes to this room, or to those of all agents. */
  readonly visits?: StandingAsk['visits'] | undefined;
  /** X18: what it costs its member. */
  readonly spends?: StandingAsk['spends'];
}

/** What checks the token that a member brings, wherever it comes. */
export type VerifyMember = (
  team: TeamId,
  token: string,
  now: number,
  coming?: Coming,
) => Promise<Result<MemberClaims, WireError>>;

/** The settings that say whose word counts. */
export type Trust = Pick<Env, 'MUSTER_KEY' | 'MUSTER_ISSUERS' | 'MUSTER_TEAM'>;

/** By whatever was verified of him. `expiresAt`: until when that counts, ms since 1970; null: the lobby knows. */
interface Proved {
  readonly ask: StandingAsk;
  readonly expiresAt: number | null;
}

async function prove(
  trust: Trust,
  team: TeamId,
  token: string,
  now: number,
  from: From | undefined,
): Promise<Result<Proved, WireError>> {
  if (isApiToken(token)) {
    const opened = await openApiToken(signingKey(trust.MUSTER_KEY), team, token);
    return opened.ok ? ok({ ask: { kind: 'token', ...opened.value }, expiresAt: null }) : opened;
  }
  const issuer = issuerOf(trust, team, token);
  if (!issuer.ok) return issuer;
  if (issuer.value !== null) return provedBy(issuer.value, token, now, from);
  return provedHere(trust, team, token, now);
}

async function provedHere(
  { MUSTER_KEY }: Trust,
  team: TeamId,
  token: string,
  now: number,
): Promise<Result<Proved, WireError>> {
  const verified = await verifyToken(signingKey(MUSTER_KEY), 'access', token, now);
  if (!verified.ok) return verified;
  const { body, expiresAt } = verified.value;
  if (body.team !== team) return err(wireError('AUTH_FAILED', 'token: is for another team'));
  return ok({ ask: { kind: 'session', memberId: body.sub, sid: body.sid }, expiresAt });
}

/** X2, X5: first the signature, so that a bad token wakes nobody (G3); then who that is now, whatever the token says. */
export function memberVerifier(trust: Trust, askAt: (team: TeamId) => AskStanding): VerifyMember {
  return async (team, token, now, { from, connects = false, visits, spends } = {}) => {
    const proved = await prove(trust, team, token, now, from);
    if (!proved.ok) return proved;
    const { ask, expiresAt } = proved.value;
    const standing = await askAt(team)({
      ...ask,
      ...(connects ? { connects } : {}),
      ...(visits === undefined ? {} : { visits }),
      ...(spends === undefined ? {} : { spends }),
    });
    if (!standing.ok) return standing;
    return ok(claimsOf(team, standing.value, expiresAt ?? standing.value.expiresAt));
  };
}

/** What somebody's standing is among the objects. `expiresAt`: of what he proved himself by, ms since 1970. */
export const claimsOf = (
  team: TeamId,
  { member, agents, sid, revision }: Standing,
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
export const memberVerifierAt =
  (env: Env, room: () => AgentUid | undefined): VerifyMember =>
  (team, token, now, coming) =>
    memberVerifierIn(env)(team, token, now, { ...coming, visits: room() });

const AWAY = wireError('SERVICE_UNAVAILABLE', 'the service restarts; please try again');

/** The same, from outside the lobby. @throws when the lobby cannot be reached */
export const memberOf = (
  env: Env,
  team: TeamId,
  token: string,
  now: number,
  coming?: Coming,
): Promise<Result<MemberClaims, WireError>> =>
  memberVerifier(env, () => (ask) => lobbyOf(env, team).people('standing', ask))(team, token, now, coming);

/** For a token that came in a message: nobody but its sender can be told that the lobby cannot be reached. */
export const memberVerifierIn =
  (env: Env): VerifyMember =>
  (team, token, now, coming) =>
    memberOf(env, team, token, now, coming).catch(() => err(AWAY));
