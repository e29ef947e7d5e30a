import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import type { RightsQuery } from '../../rpc.ts';
import { OWN_ISSUER } from '../token-kinds.ts';
import { type Issuer, issuerNamed, type RedirectIssuer, readIssuers, redirectIssuers } from './settings.ts';
import { issuerClaimed, verifyClaims } from './verify.ts';

/** The settings that name trusted issuers. */
interface Settings {
  readonly MUSTER_ISSUERS?: string;
  readonly MUSTER_TEAM: string;
}

/** The caller's device and address; both are unknown where the token came in a message. */
export interface CallerInfo {
  readonly device: string;
  readonly address: string | null;
}
const UNKNOWN_CALLER: CallerInfo = { device: '', address: null };

/** Read once for each text of the setting. */
let cachedIssuers: { readonly text: string | undefined; readonly issuers: readonly Issuer[] } | null = null;

/** @throws Error that names the setting */
export function issuersOf({ MUSTER_ISSUERS: text }: Settings): readonly Issuer[] {
  if (cachedIssuers === null || cachedIssuers.text !== text)
    cachedIssuers = { text, issuers: readIssuers(text) };
  return cachedIssuers.issuers;
}

/** X14: the teams that issuers are for. Invalid settings name none; readiness reports the fault. */
export function issuerTeams(settings: Settings): readonly string[] {
  try {
    return issuersOf(settings).flatMap(({ team }) => (team === undefined ? [] : [team]));
  } catch {
    return [];
  }
}

/** X2: the issuer whose key verifies this token; null: ours. The token's claims choose nothing else. */
export function issuerOf(settings: Settings, team: TeamId, token: string): Result<Issuer | null, WireError> {
  const claimed = issuerClaimed(token);
  if (claimed === null || claimed === OWN_ISSUER) return ok(null);
  try {
    const issuer = issuerNamed(issuersOf(settings), claimed, team, settings.MUSTER_TEAM);
    return issuer === null ? err(wireError('AUTH_FAILED', 'The token is not valid')) : ok(issuer);
  } catch {
    // Health names what is wrong with it (A5).
    return err(wireError('SERVICE_UNAVAILABLE', 'the issuers of this deployment are not set rightly'));
  }
}

/** Whether Cloudflare Access stands before this deployment: only then is its header believed to be its. */
export function hasAccess(settings: Settings): boolean {
  try {
    return issuersOf(settings).some(({ kind }) => kind === 'access');
  } catch {
    return false;
  }
}

/**
 * X3: the issuers where members of this team may sign in. Invalid settings name none; health reports the
 * fault (A5).
 */
export function redirectIssuersFor(settings: Settings, team: TeamId): readonly RedirectIssuer[] {
  try {
    return redirectIssuers(issuersOf(settings), team, settings.MUSTER_TEAM);
  } catch {
    return [];
  }
}

export async function verifyIssuerToken(
  issuer: Issuer,
  token: string,
  now: number,
  { device, address }: CallerInfo = UNKNOWN_CALLER,
): Promise<Result<{ readonly ask: RightsQuery; readonly expiresAt: number }, WireError>> {
  const known = await verifyClaims(issuer, token, now);
  if (!known.ok) return known;
  const { identity, sid, expiresAt } = known.value;
  return ok({ ask: { kind: 'identity', identity, device: { sid, expiresAt, device, address } }, expiresAt });
}
