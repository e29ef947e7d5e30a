import type { MemberId, SessionSummary } from '@muster/protocol';
import type { Device, RefreshToken, SessionRow, TokenDevice } from './types.ts';

/** X3, ms. */
const RENEWAL = {
  /** How long a token may come again after its use: an answer was lost, or pages of one browser ask at once. */
  repeat: 10_000,
  /** Answers to such pages overtake each other: tokens of another generation are given when none was for so long … */
  quiet: 10_000,
  /** … or when this one was given for so long. */
  busy: 60_000,
  /** How exactly the last use is kept: each time is a row. */
  kept: 1_000,
} as const;

/** Tokens of an earlier version that are kept at once. */
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
  generation: 0,
  unusedAs: 0,
  rotatedAt: null,
});

/** The generation of this token in its session; null: the session never issued it. */
function generationOf(session: SessionRow, { hash, generation }: RefreshToken, now: number): number | null {
  if (generation !== undefined) return generation <= session.generation ? generation : null;
  if (session.unused.some((own) => sameHash(own, hash))) return session.unusedAs;
  const repeats = session.spent !== null && sameHash(session.spent, hash);
  return repeats && now - session.usedAt <= RENEWAL.repeat ? session.generation : null;
}

/**
 * X3: using a refresh token spends it; tokens of the next generation are then valid. Pages of one browser
 * share a cookie and may refresh at the same time, each response replaces the cookie, and responses overtake
 * each other. So a spent token is accepted again for 10 s, and pages that ask in close succession get tokens
 * of one generation. Null: the token came later than that, so two different parties hold it.
 */
export function renewSession(
  session: SessionRow,
  brought: RefreshToken,
  { expiresAt, device, address }: Omit<Device, 'refresh'>,
  now: number,
): SessionRow | null {
  const { generation: current, rotatedAt, usedAt } = session;
  const generation = generationOf(session, brought, now);
  if (generation === null || generation < current - 1) return null;
  const since = rotatedAt === null ? Number.POSITIVE_INFINITY : now - rotatedAt;
  if (generation < current && since > RENEWAL.repeat) return null;
  const isBusy = now - usedAt < RENEWAL.quiet && since < RENEWAL.busy;
  if (generation === current && !isBusy)
    return {
      ...session,
      ...{ device, address, usedAt: now, expiresAt },
      ...{ generation: current + 1, rotatedAt: now, spent: null },
    };
  return now - usedAt < RENEWAL.kept ? session : { ...session, device, address, usedAt: now, expiresAt };
}

/** The same session, whose next token an earlier version of the Worker makes and knows by its hash. */
export const withUnused = (session: SessionRow, refresh: string): SessionRow => ({
  ...session,
  unused: [...(session.unusedAs === session.generation ? session.unused : []), refresh].slice(-UNUSED),
  unusedAs: session.generation,
});

/** Constant-time comparison of two hashes. */
export function sameHash(one: string, other: string): boolean {
  let differs = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) differs |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return differs === 0;
}

/** A session as its owner sees it. `asking`: the session of the request. */
export const sessionSummary = (
  { sid, device, address, createdAt, usedAt, expiresAt }: SessionRow,
  asking: string,
): SessionSummary => ({ sid, device, address, createdAt, usedAt, expiresAt, current: sid === asking });

/** The sessions to end before one more is created: those unused for longest. */
export function sessionsToEnd(sessions: readonly SessionRow[], most: number): readonly SessionRow[] {
  const oldest = [...sessions].sort((a, b) => a.usedAt - b.usedAt);
  return oldest.slice(0, Math.max(0, sessions.length + 1 - most));
}
