/**
 * How many bytes all terminals of a page together may parse in one frame. It grows while frames come in
 * time and shrinks at once when one is late, so the page stays smooth whatever the machine and however
 * many terminals are open (F13).
 */
export interface Pace {
  /** Bytes in this frame. */
  readonly allowance: number;
}

export interface FrameReport {
  /** ms since the frame before. */
  readonly interval: number;
  /** Bytes handed out in it. */
  readonly spent: number;
}

export const MIN_ALLOWANCE = 8 * 1024;
export const MAX_ALLOWANCE = 1024 * 1024;
/** A frame that took longer, ms, means that too much was parsed or drawn in it. */
export const LATE_MS = 30;
const GROW = 1.25;
const SHRINK = 0.6;
/** Grows only when most of the allowance was wanted: idleness says nothing about speed. */
const WANTED = 0.8;

export const FIRST_PACE: Pace = { allowance: 96 * 1024 };

export function nextPace(pace: Pace, { interval, spent }: FrameReport): Pace {
  if (spent === 0) return pace;
  if (interval > LATE_MS) return { allowance: Math.max(MIN_ALLOWANCE, Math.floor(pace.allowance * SHRINK)) };
  if (spent < pace.allowance * WANTED) return pace;
  return { allowance: Math.min(MAX_ALLOWANCE, Math.ceil(pace.allowance * GROW)) };
}
