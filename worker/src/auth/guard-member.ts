import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, lobbyOf } from '../env.ts';
import type { Standing, StandingAsk } from '../rpc.ts';
import { isApiToken, openApiToken } from './api-tokens.ts';
import type { MemberClaims } from './claims.ts';
import { signingKey, verifyToken } from './tokens.ts';

/** X5: who somebody is now; the lobby's to say. */
export type AskStanding = (ask: StandingAsk) => Promise<Result<Standing, WireError>>;

/** What checks the token that a member brings, wherever it comes. */
export type VerifyMember = (
  team: TeamId,
  token: string,
  now: number,
) => Promise<Result<MemberClaims, WireError>>;

/** X2, X5: first the signature, so that a bad token wakes nobody (G3); then who that is now, whatever the token says. */
export function memberVerifier(key: string, askAt: (team: TeamId) => AskStanding): VerifyMember {
  return async (team, token, now) => {
    if (isApiToken(token)) {
      const opened = await openApiToken(signingKey(key), team, token);
      if (!opened.ok) return opened;
      const standing = await askAt(team)({ kind: 'token', ...opened.value });
      return standing.ok ? ok(claimsOf(team, standing.value, standing.value.expiresAt)) : standing;
    }
    const verified = await verifyToken(signingKey(key), 'access', token, now);
    if (!verified.ok) return verified;
    const { body, expiresAt } = verified.value;
    if (body.team !== team) return err(wireError('AUTH_FAILED', 'token: is for another team'));
    const standing = await askAt(team)({ kind: 'session', memberId: body.sub, sid: body.sid });
    return standing.ok ? ok(claimsOf(team, standing.value, expiresAt)) : standing;
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

const AWAY = wireError('SERVICE_UNAVAILABLE', 'the service restarts; please try again');

/** The same, from outside the lobby. @throws when the lobby cannot be reached */
export const memberOf = (
  env: Env,
  team: TeamId,
  token: string,
  now: number,
): Promise<Result<MemberClaims, WireError>> =>
  memberVerifier(env.MUSTER_KEY, () => (ask) => lobbyOf(env, team).people('standing', ask))(team, token, now);

/** For a token that came in a message: nobody but its sender can be told that the lobby cannot be reached. */
export const memberVerifierIn =
  (env: Env): VerifyMember =>
  (team, token, now) =>
    memberOf(env, team, token, now).catch(() => err(AWAY));
