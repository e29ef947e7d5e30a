import { CLOSE, err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, extraOrigins, lobbyOf, NO_TEAM, teamOf } from '../env.ts';
import type { HostKey } from '../rpc.ts';
import { addressOf } from '../socket/handshake.ts';
import { attempt, callerAt } from './attempts.ts';
import type { HostClaims } from './claims.ts';
import { foreignOrigin } from './guard.ts';
import { readAssertion, type UnverifiedAssertion, verifyAssertion } from './host-assertion.ts';
import { newTicket, readTicket } from './host-ticket.ts';
import { bearerOf } from './presented-token.ts';
import { RecentlyVerified } from './recently-verified.ts';

/** Why a host may not come in; with `close`, by a code that is not the error's own. */
export interface HostRefusal {
  readonly error: WireError;
  readonly close?: number;
}
interface AuthenticatedHost {
  readonly team: TeamId;
  readonly claims: HostClaims;
  /** The ticket for its next dial; null: the one it presented. */
  readonly ticket: string | null;
}

const REVOKED = wireError('AUTH_FAILED', 'this host was revoked');

const refuse = (message: string): Result<never, HostRefusal> =>
  err({ error: wireError('AUTH_FAILED', message) });

/** X4: the dialled address as a host may know it: by an origin of ours (X1), without its query. */
export function audiencesOf(request: Request, env: Env): string[] {
  const { origin, pathname } = new URL(request.url);
  return [origin, ...extraOrigins(env)].map((ours) => `${ours}${pathname}`);
}

/** Keys of hosts that this isolate's lobbies knew a short while ago. */
const known = new RecentlyVerified<string>();

/**
 * X14: whether the dial comes from a host that was admitted before, by its ticket or by its key as this
 * isolate knows it. Wakes no object. A runner of 0.1.0 has no ticket.
 */
async function isKnownHost(
  { claimed, audiences, now }: Dial,
  keys: readonly (string | null)[],
): Promise<boolean> {
  for (const key of keys)
    if (key !== null && (await verifyAssertion(claimed, key, audiences, now)).ok) return true;
  return false;
}

interface Dial {
  readonly claimed: UnverifiedAssertion;
  readonly audiences: readonly string[];
  readonly now: number;
}

/** X4: the key that the lobby keeps for the host, if the dial was signed by it. */
async function verifiedKey(
  env: Env,
  team: TeamId,
  { claimed, audiences, now }: Dial,
): Promise<Result<HostKey, WireError>> {
  const key = await lobbyOf(env, team).hostKey(claimed.hostId);
  if (key === null) return err(wireError('AUTH_FAILED', 'The proof of this host is not valid'));
  const verified = await verifyAssertion(claimed, key.publicKey, audiences, now);
  if (!verified.ok) return verified;
  // Told only to the holder of the key.
  return key.revoked ? err(REVOKED) : ok(key);
}

/**
 * X4: whether the host that dials has the key that the lobby keeps for it. Nobody is asked about what is no assertion
 * for this address. X14: an unknown host is an attempt of its address; one that was let in before is counted by itself.
 */
export async function guardHost(
  request: Request,
  env: Env,
  now: number,
): Promise<Result<AuthenticatedHost, HostRefusal>> {
  const team = teamOf(env, new URL(request.url));
  if (team === null) return err({ error: NO_TEAM });
  const foreign = foreignOrigin(request, env);
  if (foreign !== null) return err({ error: foreign });
  const token = bearerOf(request);
  if (token === null) return refuse('an assertion of the host is needed');
  const audiences = audiencesOf(request, env);
  const claimed = readAssertion(token, audiences);
  if (!claimed.ok) return err({ error: claimed.error });
  const { hostId } = claimed.value;
  const name = `host ${team} ${hostId}`;
  const dial = { claimed: claimed.value, audiences, now };
  const ticket = await readTicket(request, env.MUSTER_KEY, { team, hostId }, now);
  const isKnown = await isKnownHost(dial, [ticket?.key ?? null, known.get(name, now)]);
  const address = addressOf(request.headers);
  const caller = isKnown && address !== null ? name : callerAt(address);
  const proved = await attempt(env, caller, () => verifiedKey(env, team, dial));
  if (!proved.ok) {
    const { error } = proved;
    // An unsigned claim does not make a known host unknown.
    if (isKnown && error.code !== 'RATE_LIMIT') known.delete(name);
    return err(error.message === REVOKED.message ? { error, close: CLOSE.revoked } : { error });
  }
  const { publicKey, revision } = proved.value;
  known.put(name, publicKey, now);
  const tooMany = await lobbyOf(env, team).connects({ kind: 'host', id: hostId });
  if (tooMany !== null) return err({ error: tooMany });
  const isGood = ticket !== null && !ticket.isOld && ticket.key === publicKey;
  return ok({
    team,
    claims: { kind: 'host', team, hostId, keyRevision: revision },
    ticket: isGood ? null : await newTicket(env.MUSTER_KEY, { team, hostId }, publicKey, now),
  });
}
