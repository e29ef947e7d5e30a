/** H1, the client's half: a ping every 20 s keeps the server's sweep away; 40 s of silence are a dead link. */
export const PING_EVERY_MS = 20_000;
export const DEAD_AFTER_MS = 40_000;
/** How long a link may be silent when there is a reason to doubt it (the machine slept, the network changed). */
export const PROBE_MS = 5_000;

interface Timing {
  readonly pingEveryMs: number;
  readonly deadAfterMs: number;
}

/** Times: ms. */
export interface Liveness {
  /** The last sign of life. */
  readonly heardAt: number;
  /** When the next ping goes out. */
  readonly pingAt: number;
  /** When it is dead if nothing comes; null: no ping is unanswered. */
  readonly deadAt: number | null;
}

export function alive(now: number, { pingEveryMs }: Timing): Liveness {
  return { heardAt: now, pingAt: now + pingEveryMs, deadAt: null };
}

export function signOfLife(state: Liveness, now: number): Liveness {
  return { ...state, heardAt: now, deadAt: null };
}

/** A ping goes out at `now` because there is a reason to doubt the link. */
export function probed(state: Liveness, now: number, { pingEveryMs }: Timing): Liveness {
  const deadAt = Math.min(state.deadAt ?? Number.POSITIVE_INFINITY, now + PROBE_MS);
  return { ...state, pingAt: now + pingEveryMs, deadAt };
}

/**
 * A regular ping goes out at `now`. A machine that slept is late with it, so an answer has its time, whenever the last
 * sign of life was.
 */
export function pinged(state: Liveness, now: number, { pingEveryMs, deadAfterMs }: Timing): Liveness {
  const deadAt = state.deadAt ?? Math.max(state.heardAt + deadAfterMs, now + deadAfterMs - pingEveryMs);
  return { ...state, pingAt: now + pingEveryMs, deadAt };
}

export const isDead = ({ deadAt }: Liveness, now: number): boolean => deadAt !== null && now >= deadAt;

/** When a ping or the end is due. */
export const livenessDeadline = ({ pingAt, deadAt }: Liveness): number =>
  Math.min(pingAt, deadAt ?? Number.POSITIVE_INFINITY);
