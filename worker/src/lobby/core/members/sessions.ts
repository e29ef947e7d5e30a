import type { MemberId, SessionSummary } from '@muster/protocol';
import type { Device, SessionRow, TokenDevice } from './types.ts';

/** X3: how long a client that lost the answer to a renewal may ask for it again, ms. */
const REPEAT = 10_000;
/** Renewals under way at once with one token: the pages of one browser share their cookie. */
const UNUSED = 8;

/** `refresh`: absent where it cannot be renewed. */
export const newSession = (
  memberId: MemberId,
  device: TokenDevice & Partial<Device>,
  now: number,
): SessionRow => ({
  sid: device.sid,
  memberId,
  device: device.device,
  address: device.address,
  createdAt: now,
  usedAt: now,
  expiresAt: device.expiresAt,
  unused: device.refresh === undefined ? [] : [device.refresh],
  spent: null,
});

/**
 * X3: a refresh token is used up by its use. The one before may come again within 10 s, as long as nobody has used
 * what came of it: then an answer was lost, or two pages of one browser asked at once. Null: it was used before, by
 * whom the session is not.
 */
export function renewed(
  session: SessionRow,
  spent: string,
  { refresh, expiresAt, device, address }: Device,
  now: number,
): SessionRow | null {
  const next = { ...session, device, address, usedAt: now, expiresAt };
  if (session.unused.some((hash) => sameHash(hash, spent))) return { ...next, unused: [refresh], spent };
  const repeats = session.spent !== null && sameHash(session.spent, spent);
  if (!repeats || now - session.usedAt > REPEAT) return null;
  // The time of the first counts, so that repeats do not go on.
  const unused = [...session.unused, refresh].slice(-UNUSED);
  return { ...next, usedAt: session.usedAt, unused, spent };
}

/** In a time that says nothing about where two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  let differs = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) differs |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return differs === 0;
}

/** As its owner sees it; `sid`: the one that asks. */
export const sessionSummary = (
  { sid, device, address, createdAt, usedAt, expiresAt }: SessionRow,
  asking: string,
): SessionSummary => ({ sid, device, address, createdAt, usedAt, expiresAt, current: sid === asking });

/** The sessions that one more member's device ends: the ones unused for longest. */
export function crowdedOut(sessions: readonly SessionRow[], most: number): readonly SessionRow[] {
  const oldest = [...sessions].sort((a, b) => a.usedAt - b.usedAt);
  return oldest.slice(0, Math.max(0, sessions.length + 1 - most));
}
