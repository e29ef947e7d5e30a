/** H1, the client's half: a ping every 20 s keeps the server's sweep away; 40 s of silence are a dead link. */
export const PING_MS = 20_000;
export const SILENCE_MS = 40_000;
/** How long a link may be silent when there is a reason to doubt it (the machine slept, the network changed). */
export const PROBE_MS = 5_000;

export interface Liveness {
  /** When anything was last heard, ms. */
  readonly heardAt: number;
  /** When the last ping was sent, ms. */
  readonly pingedAt: number;
  /** The last ping was a probe, and its answer is waited for. */
  readonly probing: boolean;
}

export function alive(now: number): Liveness {
  return { heardAt: now, pingedAt: now, probing: false };
}

export function messageReceived(state: Liveness, now: number): Liveness {
  return { ...state, heardAt: now, probing: false };
}

/** The caller sends a ping with it. */
export function probe(state: Liveness, now: number): Liveness {
  return { ...state, pingedAt: now, probing: true };
}

/** When `tickLiveness` is next wanted, ms. */
export function livenessDeadline(state: Liveness): number {
  return state.pingedAt + (state.probing ? PROBE_MS : PING_MS);
}

/**
 * Returns the action due at `now`. A link is dead only once a ping went unanswered for its time, so a machine
 * that slept sends a ping first.
 */
export function tickLiveness(
  state: Liveness,
  now: number,
): { readonly state: Liveness; readonly act: 'ping' | 'dead' | null } {
  if (now < livenessDeadline(state)) return { state, act: null };
  const silent = state.heardAt < state.pingedAt && now - state.heardAt >= SILENCE_MS;
  if (silent || state.probing) return { state, act: 'dead' };
  return { state: { ...state, pingedAt: now }, act: 'ping' };
}
