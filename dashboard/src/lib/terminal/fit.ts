import { LIMITS, type TerminalSize } from '@muster/protocol';

/** px of the text when nothing has to be made smaller. */
export const BASE_FONT = 13;
/** px below which nobody reads: what does not fit then is left out, and the newest is shown. */
export const MIN_FONT = 11;
const STEP = 0.25;
const MIN_COLS = 20;
const MIN_ROWS = 5;

/** The size that fits into a box at the base font, within the limits of a terminal. */
export function clampSize(cols: number, rows: number): TerminalSize {
  const within = (value: number, min: number) =>
    Math.max(min, Math.min(LIMITS.terminalCells, Math.floor(value)));
  return { cols: within(cols, MIN_COLS), rows: within(rows, MIN_ROWS) };
}

/**
 * The font at which a program of `size` shows whole where `capacity` cells fit at the font `base`; the least that can
 * be read where it would have to be smaller.
 */
export function scaledFont(size: TerminalSize, capacity: TerminalSize, base = BASE_FONT): number {
  const ratio = Math.min(1, capacity.cols / size.cols, capacity.rows / size.rows);
  return Math.min(base, Math.max(MIN_FONT, Math.floor((base * ratio) / STEP) * STEP));
}

export function sameSize(left: TerminalSize | null, right: TerminalSize | null): boolean {
  return left?.cols === right?.cols && left?.rows === right?.rows;
}
