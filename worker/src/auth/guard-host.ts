import { CLOSE, err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, extraOrigins, lobbyOf, teamOf } from '../env.ts';
import type { HostClaims } from './claims.ts';
import { foreignOrigin } from './guard.ts';
import { readAssertion, verifyAssertion } from './host-assertion.ts';
import { bearerOf } from './presented.ts';

/** Why a host may not come in; with `close`, by a code that is not the error's own. */
export interface HostRefusal {
  readonly error: WireError;
  readonly close?: number;
}
interface HostAsking {
  readonly team: TeamId;
  readonly claims: HostClaims;
}

const refuse = (message: string): Result<never, HostRefusal> =>
  err({ error: wireError('AUTH_FAILED', message) });

/** X4: the dialled address as a host may know it: by an origin of ours (X1), without its query. */
export function audiencesOf(request: Request, env: Env): string[] {
  const { origin, pathname } = new URL(request.url);
  return [origin, ...extraOrigins(env)].map((ours) => `${ours}${pathname}`);
}

/**
 * X4: whether the host that dials has the key that the lobby keeps for it. Nobody is asked about what is no assertion
 * for this address. That a key was revoked is told only to who has it.
 */
export async function guardHost(
  request: Request,
  env: Env,
  now: number,
): Promise<Result<HostAsking, HostRefusal>> {
  const team = teamOf(env, new URL(request.url));
  if (team === null)
    return refuse('The name of a team has lower-case letters, digits and inner hyphens only');
  const foreign = foreignOrigin(request, env);
  if (foreign !== null) return err({ error: foreign });
  const token = bearerOf(request);
  if (token === null) return refuse('an assertion of the host is needed');
  const audiences = audiencesOf(request, env);
  const claimed = readAssertion(token, audiences);
  if (!claimed.ok) return err({ error: claimed.error });
  const { hostId } = claimed.value;
  const key = await lobbyOf(env, team).hostKey(hostId);
  if (key === null) return refuse('The proof of this host is not valid');
  const verified = await verifyAssertion(claimed.value, key.publicKey, audiences, now);
  if (!verified.ok) return err({ error: verified.error });
  if (key.revoked)
    return err({ error: wireError('AUTH_FAILED', 'this host was revoked'), close: CLOSE.revoked });
  const tooMany = await lobbyOf(env, team).connects({ kind: 'host', id: hostId });
  if (tooMany !== null) return err({ error: tooMany });
  return ok({ team, claims: { kind: 'host', team, hostId, keyRevision: key.revision } });
}
