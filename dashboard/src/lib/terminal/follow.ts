/** Which part of a screen is shown where it does not fit. */
export interface Shown {
  readonly cursorRow: number;
  /** The last row that has something on it. */
  readonly lastRow: number;
  /** Rows that fit, a fraction of one too. */
  readonly fit: number;
}

/** Rows below the cursor that belong to what is being written: the frame of a prompt, its hints. */
const BELOW = 3;

/** The first row to show, so that the newest are seen: those up to the cursor, and a little of what is below it. */
export function firstRow({ cursorRow, lastRow, fit }: Shown): number {
  const bottom = Math.max(cursorRow, Math.min(lastRow, cursorRow + BELOW));
  return Math.max(0, bottom + 1 - fit);
}
