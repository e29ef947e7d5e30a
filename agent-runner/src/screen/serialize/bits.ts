import type { Attributes, Cell } from '../internals.ts';

/** xterm.js's own bits: of a cell's content, its colours and its flags. */
const WIDTH_SHIFT = 22;
const HAS_CONTENT = 0x3f_ffff;
const COMBINED = 0x20_0000;
const CODE_POINT = 0x1f_ffff;

export const COLOUR = 0x3ff_ffff;
export const COLOUR_MODE = 0x300_0000;
export const MODE = { default: 0, sixteen: 0x100_0000, palette: 0x200_0000, rgb: 0x300_0000 } as const;
export const FG = {
  inverse: 0x400_0000,
  bold: 0x800_0000,
  underline: 0x1000_0000,
  blink: 0x2000_0000,
  invisible: 0x4000_0000,
  strikethrough: 0x8000_0000,
} as const;
export const BG = {
  italic: 0x400_0000,
  dim: 0x800_0000,
  extended: 0x1000_0000,
  protected: 0x2000_0000,
  overline: 0x4000_0000,
} as const;
const UNDERLINE_STYLE = 0x1c00_0000;
const UNDERLINE_SHIFT = 26;

export const NO_EXTENDED = { underlineColor: 0, urlId: 0, _ext: 0 };
export const PLAIN: Attributes = { fg: 0, bg: 0, extended: NO_EXTENDED };

export const emptyCell = (): Cell => ({ content: 0, fg: 0, bg: 0, combinedData: '', extended: NO_EXTENDED });

/** Columns it takes; a second half of a wide character takes none, and has no content. */
export const widthOf = (cell: Cell): number => cell.content >>> WIDTH_SHIFT;
/** Columns that a character of these properties takes (`charProperties`). */
export const widthFrom = (properties: number): number => (properties >> 1) & 3;
export const hasContent = (cell: Cell): boolean => (cell.content & HAS_CONTENT) !== 0;

/** Its character, where that is one UTF-16 unit and nothing joins it; null where not. */
export function codeOf({ content }: Cell): number | null {
  const code = content & CODE_POINT;
  return (content & COMBINED) !== 0 || code > 0xffff ? null : code;
}

export function textOfCell(cell: Cell): string {
  return (cell.content & COMBINED) !== 0
    ? cell.combinedData
    : String.fromCodePoint(cell.content & CODE_POINT);
}

/** The style of the underline, also where a link hides it; 0 for none. */
export function underlineOf({ fg, bg, extended }: Attributes): number {
  if ((fg & FG.underline) === 0) return 0;
  if ((bg & BG.extended) === 0) return 1;
  const style = (extended._ext & UNDERLINE_STYLE) >>> UNDERLINE_SHIFT;
  return style === 0 && extended.urlId !== 0 ? 1 : style;
}
