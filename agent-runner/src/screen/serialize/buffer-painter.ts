import type { Buffer, Core, Line } from '../internals.ts';
import { BG, emptyCell, FG, hasContent, PLAIN, widthOf } from './bits.ts';
import { type CharsetNames, unuseCharset, useCharset } from './charsets.ts';
import { LinePainter, toColumn, WIDE_BLANK } from './line-painter.ts';
import { SgrWriter } from './sgr-writer.ts';

const TAB_WIDTH = 8;
const ANY_LINK = '\x1b]8;;muster:\x1b\\';
const NO_LINK = '\x1b]8;;\x1b\\';
export const cursorTo = (x: number, y: number): string => `\x1b[${y + 1};${x + 1}H`;

/** One line: how a terminal gets to its row from the line before, and what is on it. */
export interface PaintedLine {
  readonly arrive: string;
  readonly text: string;
  readonly wrapped: boolean;
}

/** Writes a buffer of the emulator, as it is now, for a fresh terminal of its size. */
export class BufferPainter {
  readonly #buffer: Buffer;
  readonly #sgr: SgrWriter;
  readonly #painter: LinePainter;
  readonly #nameOf: CharsetNames;
  readonly #cols: number;

  constructor(core: Core, buffer: Buffer, cols: number, nameOf: CharsetNames) {
    this.#buffer = buffer;
    this.#cols = cols;
    this.#nameOf = nameOf;
    this.#sgr = new SgrWriter((id) => core._oscLinkService.getLinkData(id));
    this.#painter = new LinePainter(core, this.#sgr, cols);
  }

  get lines(): number {
    return this.#buffer.lines.length;
  }

  line(index: number): PaintedLine {
    const line = this.#at(index);
    const next = this.#buffer.lines.get(index + 1);
    const wrapped = line.isWrapped && index > 0;
    return {
      wrapped,
      arrive: wrapped ? this.#wrapFrom(this.#at(index - 1)) : '\r\n',
      text: this.#painter.paint(line, next?.isWrapped === true),
    };
  }

  startsWrapped(index: number): boolean {
    return this.#buffer.lines.get(index)?.isWrapped === true;
  }

  /** A first line that goes on a line which is not there any more: the row it wraps from is written, then deleted. */
  get wrappedStart(): string {
    const blank = `${toColumn(this.#cols - 1)}  `;
    return `${blank}\x1b[H\x1b[M\x1b[X`;
  }

  /**
   * A cursor is saved at a line, which may have left the screen: above it by scrolling, below it when the scrollback
   * was erased; and it may be beyond the last column, where only writing leads. Where it is restored to depends on what
   * comes since; so it is saved there again, before there is anything else.
   */
  prelude(rows: number): string {
    if (!this.hasSavedCursor || this.#isSavedOnScreen(rows)) return '';
    const { savedX, savedY } = this.#buffer;
    const down = Math.max(0, savedY - rows + 1);
    const reach = down === 0 ? '' : cursorTo(0, rows - 1) + '\n'.repeat(down);
    const wipe = `${savedX < this.#cols ? '' : '\x1b[2J'}${down === 0 ? '' : '\x1b[3J'}`;
    return `${reach}${this.#save(savedX, savedY - down)}${wipe}\x1b[H`;
  }

  /** This buffer's state beside its cells. Leaves SGR reset, and the cursor anywhere. */
  extras(rows: number): string {
    return this.#savedCursor(rows) + this.#tabs() + this.#region(rows);
  }

  /** Whether its saved cursor is another than a fresh terminal's. */
  get hasSavedCursor(): boolean {
    const { savedX, savedY, savedCurAttrData, savedCharset } = this.#buffer;
    const plain = savedCurAttrData.fg === 0 && savedCurAttrData.bg === 0;
    return savedX > 0 || savedY > 0 || !plain || savedCharset !== undefined;
  }

  #isSavedOnScreen(rows: number): boolean {
    const { savedX, savedY, ybase } = this.#buffer;
    return savedY >= ybase && savedY < ybase + rows && savedX < this.#cols;
  }

  #savedCursor(rows: number): string {
    if (!this.hasSavedCursor || !this.#isSavedOnScreen(rows)) return '';
    const { savedX, savedY, ybase } = this.#buffer;
    return this.#save(savedX, savedY - ybase);
  }

  #save(x: number, y: number): string {
    const { savedCurAttrData, savedCharset } = this.#buffer;
    const { fg, bg } = savedCurAttrData;
    const name = this.#nameOf(savedCharset);
    // The slot keeps no link and no style, but that there was one; a style counts again with the next link or style.
    const marked = (bg & BG.extended) !== 0 && (fg & FG.underline) === 0;
    const look = { fg, bg: bg & ~BG.extended, extended: PLAIN.extended };
    const beyond = x < this.#cols ? '' : ' ';
    const at = cursorTo(Math.min(x, this.#cols - 1), y) + beyond + this.#sgr.forCell(look);
    const save = marked ? `${ANY_LINK}\x1b7${NO_LINK}` : '\x1b7';
    return at + useCharset(name) + save + unuseCharset(name) + this.#sgr.reset();
  }

  #tabs(): string {
    const { tabs } = this.#buffer;
    const stops: number[] = [];
    for (let x = 0; x < this.#cols; x += 1) if (tabs[x] === true) stops.push(x);
    const usual = Math.ceil(this.#cols / TAB_WIDTH);
    if (stops.length === usual && stops.every((x) => x % TAB_WIDTH === 0)) return '';
    return `\x1b[3g${stops.map((x) => `${toColumn(x)}\x1bH`).join('')}`;
  }

  #region(rows: number): string {
    const { scrollTop, scrollBottom } = this.#buffer;
    return scrollTop === 0 && scrollBottom === rows - 1 ? '' : `\x1b[${scrollTop + 1};${scrollBottom + 1}r`;
  }

  /**
   * From a row whose last cell is taken one more character wraps. From another a wide one does, which leaves the
   * last cell empty with the attributes of the pen; the new row may get its ground, and is wiped.
   */
  #wrapFrom(before: Line): string {
    const last = before.loadCell(this.#cols - 1, emptyCell());
    if (hasContent(last) || widthOf(last) === 0) return ' \r\x1b[X';
    const wrap = toColumn(this.#cols - 1) + this.#sgr.forCell(last) + WIDE_BLANK;
    return `${wrap}${this.#sgr.reset()}\r\x1b[${this.#cols}X`;
  }

  #at(index: number): Line {
    const line = this.#buffer.lines.get(index);
    if (line === undefined) throw new RangeError(`the buffer has no line ${index}`);
    return line;
  }
}
