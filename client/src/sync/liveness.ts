/** H1, the client's half: a ping every 20 s keeps the server's sweep away; 40 s of silence are a dead link. */
export const PING_MS = 20_000;
export const SILENCE_MS = 40_000;

export interface Liveness {
  /** When anything was last heard, ms. */
  readonly heard: number;
  /** When the last ping was sent, ms. */
  readonly pinged: number;
}

export function alive(now: number): Liveness {
  return { heard: now, pinged: now };
}

export function heard(state: Liveness, now: number): Liveness {
  return { ...state, heard: now };
}

/** When `tickLiveness` is next wanted, ms. */
export function livenessDeadline(state: Liveness): number {
  return state.pinged + PING_MS;
}

/**
 * What is to be done at `now`. A link is dead only once a ping was out for its time unanswered, so a machine
 * that slept asks first.
 */
export function tickLiveness(
  state: Liveness,
  now: number,
): { readonly state: Liveness; readonly act: 'ping' | 'dead' | null } {
  if (now < livenessDeadline(state)) return { state, act: null };
  if (state.heard < state.pinged && now - state.heard >= SILENCE_MS) return { state, act: 'dead' };
  return { state: { ...state, pinged: now }, act: 'ping' };
}
