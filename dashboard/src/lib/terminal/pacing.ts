/**
 * How much all terminals of a page together parse in one frame, and how often they are drawn. Drawing a
 * screen again costs about the same whatever came, and far more than parsing it: so when frames are late,
 * frames are left out first, and what comes meanwhile is parsed and drawn together (F13).
 */
export interface Pace {
  /** Bytes in one frame. */
  readonly allowance: number;
  /** Frames to leave out after one that drew; a fraction while it is being learnt. */
  readonly rest: number;
}

export interface FrameReport {
  /** ms that a frame took in which something was parsed. */
  readonly interval: number;
  /** Bytes handed out in it. */
  readonly spent: number;
}

/** A few milliseconds of parsing: less would not make a late frame earlier. */
export const MIN_ALLOWANCE = 128 * 1024;
export const MAX_ALLOWANCE = 1024 * 1024;
export const MAX_REST = 4;
/** A frame that took longer, ms, is late. */
export const LATE_MS = 30;
const GROW = 1.25;
const SHRINK = 0.75;
const REST_EASE = 0.125;
/** Grows only when most of the allowance was wanted: idleness says nothing about speed. */
const WANTED = 0.8;
/** Share of all that waits that one frame takes at least, so that a page under load lags but never drowns. */
const BACKLOG_SHARE = 1 / 16;

export const FIRST_PACE: Pace = { allowance: 256 * 1024, rest: 0 };

export function nextPace({ allowance, rest }: Pace, { interval, spent }: FrameReport): Pace {
  if (interval > LATE_MS) {
    return {
      allowance: Math.max(MIN_ALLOWANCE, Math.floor(allowance * SHRINK)),
      rest: Math.min(MAX_REST, rest + 1),
    };
  }
  return {
    allowance: spent < allowance * WANTED ? allowance : Math.min(MAX_ALLOWANCE, Math.ceil(allowance * GROW)),
    rest: Math.max(0, rest - REST_EASE),
  };
}

/** Bytes for this frame, given how many wait in all terminals together. */
export function shareOf(pace: Pace, waiting: number): number {
  return Math.max(pace.allowance, Math.ceil(waiting * BACKLOG_SHARE));
}
