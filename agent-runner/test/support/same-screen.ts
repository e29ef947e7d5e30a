import { measureClusters, type TerminalSize } from '@muster/protocol';

import headless from '@xterm/headless';
import { SCROLLBACK_LINES } from '../../src/screen/emulator.ts';
import { UnicodeGraphemesAddon } from '../../src/screen/grapheme-addon.ts';
import { type Attributes, type Buffer, type Cell, type Core, coreOf } from '../../src/screen/internals.ts';
import {
  BG,
  COLOUR,
  COLOUR_MODE,
  emptyCell,
  FG,
  hasContent,
  MODE,
  textOfCell,
  underlineOf,
  widthOf,
} from '../../src/screen/serialize/bits.ts';

/** A viewer's terminal: xterm.js as it is, with the settings of the pages. */
export class Viewer {
  readonly terminal: InstanceType<typeof headless.Terminal>;
  readonly core: Core;
  readonly titles: string[] = [];

  constructor({ cols, rows }: TerminalSize) {
    this.terminal = new headless.Terminal({
      cols,
      rows,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
      logLevel: 'off',
    });
    measureClusters(this.terminal, new UnicodeGraphemesAddon());
    this.terminal.onTitleChange((title) => this.titles.push(title));
    this.core = coreOf(this.terminal);
  }

  write(data: Uint8Array): void {
    if (data.length > 0) this.core._inputHandler.parse(data);
  }
}

/** The same, when more was written since. */
export function laterDifference(left: Core, right: Core): string | null {
  FORGETS.links = true;
  try {
    return difference(left, right);
  } finally {
    FORGETS.links = false;
  }
}

/** P7: the same as a terminal whose scrollback is empty, but for that. */
export function freshDifference(fresh: Core, core: Core): string | null {
  const { normal, alt, active } = core._bufferService.buffers;
  const other = fresh._bufferService.buffers;
  if ((active === alt) !== (other.active === other.alt)) return 'the buffer in use';
  return (
    differs('modes', modesOf(fresh), modesOf(core)) ??
    differs('cursor', [other.active.x, other.active.y], [active.x, active.y]) ??
    differs(
      'pen',
      lookOf(fresh._inputHandler._curAttrData, fresh),
      lookOf(core._inputHandler._curAttrData, core),
    ) ??
    differs('normal', bufferOf(other.normal, fresh).slice(2), bufferOf(normal, core).slice(2)) ??
    differs('alternate', bufferOf(other.alt, fresh), bufferOf(alt, core)) ??
    differentRows(other.active, fresh, active, core)
  );
}

function differentRows(left: Buffer, leftCore: Core, right: Buffer, rightCore: Core): string | null {
  for (let row = 0; row < leftCore._bufferService.rows; row += 1) {
    const found = differentLine(left, leftCore, right, rightCore, left.ybase + row, right.ybase + row);
    if (found !== null) return `row ${row} ${found}`;
  }
  return null;
}

type Told = readonly (string | number | boolean | undefined)[];

/**
 * xterm.js forgets a link when the lines are gone on which it was opened or stood. A terminal made from a snapshot saw
 * the link opened elsewhere, so with what follows it may forget another than the one that saw it all.
 */
const FORGETS = { links: false };

/** The first difference between two terminals, in words; null: none. `lines`: of the scrollback, from its end. */
export function difference(left: Core, right: Core, lines = Number.POSITIVE_INFINITY): string | null {
  const { normal, alt, active } = left._bufferService.buffers;
  const other = right._bufferService.buffers;
  if ((active === alt) !== (other.active === other.alt)) return 'the buffer in use';
  const isAlternate = active === alt;
  return (
    differs('modes', modesOf(left), modesOf(right)) ??
    differs('cursor', [active.x, active.y], [other.active.x, other.active.y]) ??
    differs(
      'pen',
      lookOf(left._inputHandler._curAttrData, left),
      lookOf(right._inputHandler._curAttrData, right),
    ) ??
    differs('normal', bufferOf(normal, left), bufferOf(other.normal, right)) ??
    differs('alternate', bufferOf(alt, left), bufferOf(other.alt, right)) ??
    differentLines(normal, left, other.normal, right, lines) ??
    (isAlternate ? differentLines(alt, left, other.alt, right, lines) : null)
  );
}

function differs(what: string, left: Told, right: Told): string | null {
  const index = left.findIndex((value, at) => value !== right[at]);
  return index < 0 ? null : `${what}[${index}]: ${left.join(' ')} | ${right.join(' ')}`;
}

function modesOf({
  coreService,
  coreMouseService,
  optionsService,
  _charsetService,
  _inputHandler,
}: Core): Told {
  return [
    coreService.isCursorHidden,
    coreService.modes.insertMode,
    ...Object.values(coreService.decPrivateModes),
    coreMouseService.activeProtocol,
    coreMouseService.activeEncoding,
    optionsService.rawOptions.convertEol,
    _charsetService.glevel,
    ...[_charsetService.charset, ...[0, 1, 2, 3].map((g) => _charsetService._charsets[g])].map(nameOf),
    joinOf(_inputHandler._parser.precedingJoinState),
    _inputHandler._parser.currentState,
  ];
}

/** The relevant bits of the character before: its kind and width. The rest describes earlier characters, which no longer join. */
const joinOf = (state: number): number => (state === 0 ? 0 : (((state >> 3) & 0xf) << 4) | (state & 0x6) | 1);

const charsets: unknown[] = [undefined];
function nameOf(charset: unknown): number {
  if (!charsets.includes(charset)) charsets.push(charset);
  return charsets.indexOf(charset);
}

/** The parts of a saved cursor that show when it is restored. */
function bufferOf(buffer: Buffer, core: Core): Told {
  const { cols } = core._bufferService;
  const { scrollTop, scrollBottom, savedX, savedY, savedCurAttrData, savedCharset, tabs, lines, ybase } =
    buffer;
  return [
    lines.length,
    ybase,
    scrollTop,
    scrollBottom,
    Math.min(savedX, cols - 1),
    Math.max(0, savedY - ybase),
    nameOf(savedCharset),
    ...lookOf({ ...savedCurAttrData, bg: savedCurAttrData.bg & ~BG.extended }, core),
    ...Array.from({ length: cols }, (_, x) => tabs[x] === true),
  ];
}

function lookOf(look: Attributes, core: Core): Told {
  const { fg, bg, extended } = look;
  const isExtended = (bg & BG.extended) !== 0;
  const link = isExtended ? core._oscLinkService.getLinkData(extended.urlId) : undefined;
  const underline = underlineOf(look);
  return [
    colourOf(fg),
    colourOf(bg),
    (fg & ~COLOUR & ~FG.underline) >>> 0,
    bg & ~COLOUR & ~BG.extended,
    underline,
    underline !== 0 && isExtended ? colourOf(extended.underlineColor) : 0,
    FORGETS.links ? undefined : link?.uri,
  ];
}

/**
 * States of xterm.js that no output leads a fresh terminal to. Restoring a cursor gives colours and flags back but
 * leaves an open link; inserting into a wide character, or narrowing the screen through it, leaves half of it; the
 * alternate screen keeps columns that it was narrowed by, and room for the lines that it was shortened by; columns that
 * are shifted leave a cursor beyond the last one, which is empty (a snapshot has a space there). And one that a
 * snapshot leaves out: that the only row of an alternate screen goes on from one that is gone, which shows nowhere.
 */
export function isTorn({ _inputHandler, _bufferService }: Core): boolean {
  const { bg, extended } = _inputHandler._curAttrData;
  const { buffers, cols, rows } = _bufferService;
  if ((bg & BG.extended) === 0 && extended.urlId !== 0) return true;
  if (buffers.active === buffers.alt && rows === 1 && buffers.alt.lines.get(0)?.isWrapped === true)
    return true;
  if (isBeyondNothing(buffers.active, cols)) return true;
  const hidden = buffers.active === buffers.alt && hasLeftovers(buffers.normal, cols);
  return buffers.alt.lines.maxLength !== rows || hidden || hasLeftovers(buffers.active, cols);
}

/** Beyond an empty cell, on a line with something else: to erase a whole line is the only way there. */
function isBeyondNothing({ lines, x, y, ybase }: Buffer, cols: number): boolean {
  const line = lines.get(ybase + y);
  if (x < cols || line === undefined) return false;
  const full = Array.from({ length: cols }, (_, at) => hasContent(line.loadCell(at, one)));
  return full.at(-1) === false && full.includes(true);
}

function hasLeftovers({ lines }: Buffer, cols: number): boolean {
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines.get(index);
    if (line?.length !== lines.get(0)?.length || (line?.length ?? 0) > cols) return true;
    let wide = false;
    for (let x = 0; x < (line?.length ?? 0); x += 1) {
      const cell = line?.loadCell(x, one) ?? one;
      if (wide !== (widthOf(cell) === 0 && !hasContent(cell))) return true;
      wide = widthOf(cell) === 2;
    }
    if (wide) return true;
  }
  return false;
}

/** Without the bits that colours of another mode left behind. */
function colourOf(bits: number): number {
  const mode = bits & COLOUR_MODE;
  if (mode === MODE.default) return 0;
  return mode === MODE.rgb ? bits & COLOUR : mode | (bits & 0xff);
}

function differentLines(
  left: Buffer,
  leftCore: Core,
  right: Buffer,
  rightCore: Core,
  count: number,
): string | null {
  const last = left.lines.length;
  for (let index = Math.max(0, left.ybase - count); index < last; index += 1) {
    const found = differentLine(left, leftCore, right, rightCore, index);
    if (found !== null) return `line ${index} (screen row ${index - left.ybase}) ${found}`;
  }
  return null;
}

const one = emptyCell();
const two = emptyCell();
function differentLine(
  left: Buffer,
  leftCore: Core,
  right: Buffer,
  rightCore: Core,
  index: number,
  otherIndex = index,
): string | null {
  const line = left.lines.get(index);
  const other = right.lines.get(otherIndex);
  if (line === undefined || other === undefined) return 'is missing';
  if (line.isWrapped !== other.isWrapped) return `wrapped ${line.isWrapped} | ${other.isWrapped}`;
  for (let x = 0; x < line.length; x += 1) {
    line.loadCell(x, one);
    other.loadCell(x, two);
    if (sameBits(one, two)) continue;
    const found = differs(`cell ${x}`, cellOf(one, leftCore), cellOf(two, rightCore));
    if (found !== null) return found;
  }
  return null;
}

const sameBits = (a: Cell, b: Cell) =>
  a.content === b.content &&
  (a.content & 0x20_0000) === 0 &&
  a.fg === b.fg &&
  a.bg === b.bg &&
  (a.bg & BG.extended) === 0;

const cellOf = (cell: Cell, core: Core): Told => [
  hasContent(cell) ? textOfCell(cell) : '',
  widthOf(cell),
  ...lookOf(cell, core),
];
