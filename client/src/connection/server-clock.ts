/**
 * The server's clock as messages tell it, carried on by a clock that never jumps: a page's own may be hours off and
 * may be set while it is open. Times: ms since 1970, but `steady`, which counts from anywhere.
 */
export interface ServerClock {
  /** The offset to add to `steady`; null: no message came yet. */
  readonly ahead: number | null;
}

export const NO_CLOCK: ServerClock = { ahead: null };

/**
 * A message that the server stamped. Each comes late and none early, so the one that says most is the nearest; what a
 * new connection says first (`fresh`) counts whatever was known, since the machine may have slept.
 */
export function observeTimestamp(
  clock: ServerClock,
  stamp: number,
  steady: number,
  fresh: boolean,
): ServerClock {
  const ahead = stamp - steady;
  return clock.ahead === null || fresh || ahead > clock.ahead ? { ahead } : clock;
}

/** The server's time; `own` while it is not known. */
export const serverTime = ({ ahead }: ServerClock, steady: number, own: number): number =>
  ahead === null ? own : ahead + steady;
