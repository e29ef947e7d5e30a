import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import type { Env } from '../env.ts';
import type { HostClaims } from './claims.ts';
import { signingKey, verifyToken } from './tokens.ts';

/** X4: the host that a token speaks for. */
export async function hostOf(
  env: Env,
  team: TeamId,
  token: string,
  now: number,
): Promise<Result<HostClaims, WireError>> {
  const verified = await verifyToken(signingKey(env.MUSTER_KEY), 'host', token, now);
  if (!verified.ok) return verified;
  const { body, expiresAt } = verified.value;
  if (body.team !== team) return err(wireError('AUTH_FAILED', 'token: is for another team'));
  return ok({ kind: 'host', hostId: body.sub, team, expiresAt });
}
