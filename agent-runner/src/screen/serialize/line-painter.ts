import type { Attributes, Cell, Core, Line } from '../internals.ts';
import { BG, COLOUR, codeOf, emptyCell, hasContent, textOfCell, widthOf } from './bits.ts';
import type { SgrWriter } from './sgr-writer.ts';

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

/** Most cells are one character each: they are gathered as numbers, not as a million short-lived texts. */
class Run {
  readonly #codes: number[] = [];

  /** False where the cell is more than a number. */
  add(cell: Cell): boolean {
    const code = codeOf(cell);
    if (code === null) return false;
    this.#codes.push(code);
    return true;
  }

  take(): string {
    const text = String.fromCharCode(...this.#codes);
    this.#codes.length = 0;
    return text;
  }
}

const LETTER = 0x61;
const LAST_ASCII = 0x7e;

/** Whether what is printed next would join the character before it, as xterm.js joins grapheme clusters. */
class Joining {
  readonly #properties: Core['unicodeService'];
  /** After a letter of ASCII. */
  readonly #plain: number;
  #preceding = 0;

  constructor({ unicodeService }: Core) {
    this.#properties = unicodeService;
    this.#plain = unicodeService.charProperties(LETTER, 0);
  }

  /** ASCII after ASCII, as most is: nothing joins. False where it has to be looked at. */
  isPlain(code: number | null): boolean {
    if (code === null || code > LAST_ASCII || (this.#preceding !== 0 && this.#preceding !== this.#plain))
      return false;
    this.#preceding = this.#plain;
    return true;
  }

  /** Something else than a character was written. */
  interrupt(): void {
    this.#preceding = 0;
  }

  joins(text: string): boolean {
    const code = text.codePointAt(0) ?? 0;
    return this.#preceding !== 0 && (this.#properties.charProperties(code, this.#preceding) & 1) !== 0;
  }

  printed(text: string): void {
    for (const character of text)
      this.#preceding = this.#properties.charProperties(character.codePointAt(0) ?? 0, this.#preceding);
  }
}

/** Paints one line into an empty row, from its first column on. Begins and ends with a plain pen. */
export class LinePainter {
  readonly #sgr: SgrWriter;
  readonly #cols: number;
  readonly #cell = emptyCell();
  readonly #run = new Run();
  readonly #joining: Joining;
  #out = '';
  /** Where the cursor is; -1 where that is not known. */
  #at = 0;

  constructor(core: Core, pen: SgrWriter, cols: number) {
    this.#joining = new Joining(core);
    this.#sgr = pen;
    this.#cols = cols;
  }

  /** `lastApart`: the last cell, where it is empty, is painted by the caller that wraps to the next line. */
  paint(line: Line, lastApart: boolean): string {
    this.#out = '';
    this.#at = 0;
    this.#joining.interrupt();
    const end = lastApart ? this.#cols - 1 : this.#cols;
    // Each is made with the help of the cell after it, so they are made from left to right; the last has none.
    if (end === this.#cols) this.#paintOdd(line, end - 1);
    for (let x = 0; x < this.#cols - 1; x += 1) this.#paintOdd(line, x);
    for (let x = 0; x < this.#cols; ) x += this.#paintCell(line.loadCell(x, this.#cell), line, x, end);
    this.#put(this.#sgr.reset());
    return this.#out + this.#run.take();
  }

  /** Returns how many cells it is done with. */
  #paintCell(cell: Cell, line: Line, x: number, end: number): number {
    if (hasContent(cell)) return this.#print(cell, x);
    if (x >= end || emptinessOf(cell) !== 'ground') return 1;
    const count = this.#backgroundRun(line, x, cell.bg & COLOUR, end);
    this.#goTo(x);
    this.#put(`${this.#sgr.forCell(line.loadCell(x, this.#cell))}\x1b[${count}X`);
    return count;
  }

  #print(cell: Cell, x: number): number {
    const width = widthOf(cell);
    // The first half of a wide character that was cut off by a narrower screen cannot be written.
    if (x + width > this.#cols) return 1;
    this.#goTo(x);
    this.#put(this.#sgr.forCell(cell));
    if (!this.#joining.isPlain(codeOf(cell))) this.#separate(textOfCell(cell));
    if (!this.#run.add(cell)) this.#out += this.#run.take() + textOfCell(cell);
    this.#at = x + Math.max(1, width);
    return Math.max(1, width);
  }

  #separate(text: string): void {
    if (this.#joining.joins(text)) this.#put(NOTHING);
    this.#joining.printed(text);
  }

  #backgroundRun(line: Line, from: number, ground: number, end: number): number {
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
    this.#put(toColumn(last ? x - 1 : x) + WIDE_BLANK + toColumn(over));
    this.#put(`${this.#sgr.forCell(cell)} ${toColumn(over)}${this.#sgr.reset()}\x1b[X`);
    this.#at = -1;
  }

  #goTo(x: number): void {
    if (this.#at !== x) this.#put(toColumn(x));
    this.#at = x;
  }

  #put(text: string): void {
    if (text === '') return;
    this.#out += this.#run.take() + text;
    this.#joining.interrupt();
  }
}
