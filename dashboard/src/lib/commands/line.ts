import { PLAIN, type Style } from './sgr.ts';

/** A run of characters that are drawn alike. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}
interface Cell {
  readonly character: string;
  readonly style: Style;
}

/** Characters of one line: what a program prints without a line feed is cut here. */
export const LINE_LENGTH = 4_000;
/** Half of a character that is two units of UTF-16. */
const PAIRED = /[\ud800-\udfff]/;
const BLANK: Cell = { character: ' ', style: PLAIN };

/**
 * A line of output that is being written. Most lines only grow, and are runs; one that is written over, or that has characters
 * of two units, is cells from then on, so that no program makes it slow.
 */
export class Line {
  #runs: { text: string; style: Style }[] = [];
  #cells: Cell[] | null = null;
  #length = 0;

  /** Characters. */
  get length(): number {
    return this.#cells?.length ?? this.#length;
  }

  /** As it is now: a page that shows them compares them with those of later. */
  get spans(): readonly Span[] {
    return this.#cells === null ? this.#runs.map((run) => ({ ...run })) : runsOf(this.#cells);
  }

  /** Writes over what stands at a column, behind blanks where the line is shorter. Returns the column behind it. */
  put(column: number, text: string, style: Style): number {
    const grows = this.#cells === null && column === this.#length;
    if (grows && column + text.length <= LINE_LENGTH && !PAIRED.test(text)) {
      append(this.#runs, text, style);
      this.#length += text.length;
      return this.#length;
    }
    const cells = this.#asCells();
    let at = column;
    for (const character of text) {
      if (at >= LINE_LENGTH) break;
      while (cells.length < at) cells.push(BLANK);
      cells[at] = { character, style };
      at += 1;
    }
    return at;
  }

  /** Keeps its first characters. */
  cut(length: number): void {
    if (length < this.length) this.#asCells().length = length;
  }

  /** Makes its first characters blanks. */
  blank(count: number): void {
    const cells = this.#asCells();
    cells.fill(BLANK, 0, count);
  }

  #asCells(): Cell[] {
    this.#cells ??= this.#runs.flatMap(({ text, style }) =>
      Array.from(text, (character) => ({ character, style })),
    );
    return this.#cells;
  }
}

function append(runs: { text: string; style: Style }[], text: string, style: Style): void {
  const last = runs.at(-1);
  if (last?.style === style) last.text += text;
  else if (text !== '') runs.push({ text, style });
}

function runsOf(cells: readonly Cell[]): readonly Span[] {
  const runs: { text: string; style: Style }[] = [];
  for (const { character, style } of cells) append(runs, character, style);
  return runs;
}
