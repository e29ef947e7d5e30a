import type { Attributes, Cell, Line } from '../internals.ts';
import { BG, COLOUR, emptyCell, hasContent, textOfCell, widthOf } from './bits.ts';
import type { Pen } from './pen.ts';

/** Two columns wide in every version of Unicode, and blank. */
export const WIDE_BLANK = '\u3000';
/** A control that does nothing but end the character before it, so that nothing joins it. */
export const NOTHING = '\0';

export const toColumn = (x: number): string => `\x1b[${x + 1}G`;

/** How an empty cell can be made: not at all, by erasing with a ground, or only by halving a wide character. */
type Emptiness = 'plain' | 'ground' | 'odd';

function emptinessOf({ fg, bg, extended }: Attributes): Emptiness {
  const flags = bg & ~COLOUR & ~BG.extended;
  const linked = (bg & BG.extended) !== 0 && extended.urlId !== 0;
  if (fg !== 0 || flags !== 0 || linked) return 'odd';
  return (bg & COLOUR) === 0 ? 'plain' : 'ground';
}

/** Paints one line into an empty row, from its first column on. Begins and ends with a plain pen. */
export class LinePainter {
  readonly #pen: Pen;
  readonly #cols: number;
  readonly #cell = emptyCell();
  #out = '';
  /** Where the cursor is; -1 where that is not known. */
  #at = 0;

  constructor(pen: Pen, cols: number) {
    this.#pen = pen;
    this.#cols = cols;
  }

  /** `lastApart`: the last cell, where it is empty, is painted by whoever wraps to the next line. */
  paint(line: Line, lastApart: boolean): string {
    this.#out = '';
    this.#at = 0;
    const end = lastApart ? this.#cols - 1 : this.#cols;
    // Each is made with the help of the cell after it, so they are made from left to right; the last has none.
    if (end === this.#cols) this.#paintOdd(line, end - 1);
    for (let x = 0; x < this.#cols - 1; x += 1) this.#paintOdd(line, x);
    for (let x = 0; x < this.#cols; ) x += this.#paintCell(line.loadCell(x, this.#cell), line, x, end);
    return this.#out + this.#pen.plain();
  }

  /** Returns how many cells it is done with. */
  #paintCell(cell: Cell, line: Line, x: number, end: number): number {
    if (hasContent(cell)) return this.#print(cell, x);
    if (x >= end || emptinessOf(cell) !== 'ground') return 1;
    const count = this.#groundRun(line, x, cell.bg & COLOUR, end);
    this.#goTo(x);
    this.#out += `${this.#pen.cell(line.loadCell(x, this.#cell))}\x1b[${count}X`;
    return count;
  }

  #print(cell: Cell, x: number): number {
    const width = widthOf(cell);
    // The first half of a wide character that was cut off by a narrower screen cannot be written.
    if (x + width > this.#cols) return 1;
    this.#goTo(x);
    this.#out += this.#pen.cell(cell);
    if (width === 0) this.#out += NOTHING;
    this.#out += textOfCell(cell);
    this.#at = x + Math.max(1, width);
    return Math.max(1, width);
  }

  #groundRun(line: Line, from: number, ground: number, end: number): number {
    let x = from + 1;
    for (; x < end; x += 1) {
      const cell = line.loadCell(x, this.#cell);
      if (hasContent(cell) || emptinessOf(cell) !== 'ground' || (cell.bg & COLOUR) !== ground) break;
    }
    return x - from;
  }

  /** An empty cell with attributes is what is left of a wide character when one half is written over. */
  #paintOdd(line: Line, x: number): void {
    const cell = line.loadCell(x, this.#cell);
    if (hasContent(cell) || widthOf(cell) === 0 || emptinessOf(cell) !== 'odd') return;
    const last = x === this.#cols - 1;
    const over = last ? x - 1 : x + 1;
    this.#out += toColumn(last ? x - 1 : x) + WIDE_BLANK + toColumn(over);
    this.#out += `${this.#pen.cell(cell)} ${toColumn(over)}${this.#pen.plain()}\x1b[X`;
    this.#at = -1;
  }

  #goTo(x: number): void {
    if (this.#at !== x) this.#out += toColumn(x);
    this.#at = x;
  }
}
