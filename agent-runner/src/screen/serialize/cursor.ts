import type { Attributes, Buffer, Cell, Core } from '../internals.ts';
import { BG, COLOUR, emptyCell, hasContent, textOfCell, widthFrom, widthOf } from './bits.ts';
import { cursorTo } from './buffer-painter.ts';
import { NOTHING } from './line-painter.ts';
import { SgrWriter } from './sgr-writer.ts';

/** A character without a width that joins nothing, as it is the first after a control. */
const ALONE = `\u200b${NOTHING}`;
const INSERT_ON = '\x1b[4h';

/**
 * Puts the cursor where it is, with what clings to it: that the last column was just written (the next character
 * wraps), and that a character was (a combining one joins it, REP repeats it). Neither can be set; so the character
 * before the cursor is written once more. `settle` is what comes before the program goes on and moves no cursor.
 */
export function cursorState(core: Core, cols: number, finish: string): string {
  const buffer = core._bufferService.buffers.active;
  const sgr = new SgrWriter((id) => core._oscLinkService.getLinkData(id));
  const insert = core.coreService.modes.insertMode;
  const look = core._inputHandler._curAttrData;
  const joins = core._inputHandler._parser.precedingJoinState !== 0;
  const before = joins ? cellBefore(buffer, cols) : null;
  if (before !== null && sameAttributes(before.cell, look)) {
    const current = finish + sgr.forCursor(look) + (insert ? INSERT_ON : '');
    return current + cursorPosition(core, before.x) + rewriteCell(core, before, insert, cols);
  }
  const at = buffer.x < cols ? cursorPosition(core, buffer.x) : atMargin(core, buffer, cols, sgr);
  return at + finish + sgr.reset() + sgr.forCursor(look) + (insert ? INSERT_ON : '');
}

/** CUP, counted from the region's top in origin mode. */
function cursorPosition(core: Core, x: number): string {
  const { y, scrollTop } = core._bufferService.buffers.active;
  return cursorTo(x, core.coreService.decPrivateModes.origin ? Math.max(0, y - scrollTop) : y);
}

interface Before {
  readonly x: number;
  readonly cell: Cell;
}

/** The character whose end is at the cursor. */
function cellBefore(buffer: Buffer, cols: number): Before | null {
  const line = buffer.lines.get(buffer.ybase + buffer.y);
  for (const width of [1, 2]) {
    const x = Math.min(buffer.x, cols) - width;
    if (x < 0 || line === undefined) continue;
    const cell = line.loadCell(x, emptyCell());
    // A combining character that had nothing to join has a cell of its own, and no width.
    if (hasContent(cell) && Math.max(1, widthOf(cell)) === width) return { x, cell };
  }
  return null;
}

/**
 * In insert mode the cell is first taken out, so that inserting it puts the rest of the line back. Only its first
 * character inserts: what joins it and makes it wider writes over the cell behind.
 */
function rewriteCell(core: Core, { x, cell }: Before, insert: boolean, cols: number): string {
  const text = textOfCell(cell);
  const inserted = widthFrom(core.unicodeService.charProperties(text.codePointAt(0) ?? 0, 0));
  const takeOut = insert && inserted > 0 && x + Math.max(1, widthOf(cell)) < cols ? `\x1b[${inserted}P` : '';
  return takeOut + text;
}

/** Beyond the last column; insert mode is not on yet. */
function atMargin(core: Core, buffer: Buffer, cols: number, sgr: SgrWriter): string {
  const before = cellBefore(buffer, cols);
  // A combining character that joins nothing moves the cursor even there, by one.
  const beyond = buffer.x > cols ? ALONE : '';
  if (before !== null)
    return (
      cursorPosition(core, before.x) + sgr.forCell(before.cell) + textOfCell(before.cell) + NOTHING + beyond
    );
  // The line was erased since. Erasing it again up to the cursor does not move that.
  const last = buffer.lines.get(buffer.ybase + buffer.y)?.loadCell(cols - 1, emptyCell());
  const background = last === undefined ? '' : sgr.forCell({ ...last, fg: 0, bg: last.bg & COLOUR });
  const empty = isEmpty(buffer, cols) ? '\x1b[1K' : NOTHING;
  return `${cursorPosition(core, cols - 1)}${background} ${empty}${beyond}`;
}

/** Whether the cursor's line has nothing but its ground, the same all over. */
function isEmpty(buffer: Buffer, cols: number): boolean {
  const line = buffer.lines.get(buffer.ybase + buffer.y);
  const cell = emptyCell();
  let background: number | null = null;
  for (let x = 0; x < cols; x += 1) {
    if (line === undefined || hasContent(line.loadCell(x, cell))) return false;
    if (background !== null && background !== cell.bg) return false;
    background = cell.bg;
  }
  return true;
}

function sameAttributes(cell: Cell, look: Attributes): boolean {
  const linked = (bits: Attributes) => ((bits.bg & BG.extended) === 0 ? 0 : bits.extended.urlId);
  // The highest flag makes a number negative in the pen and not in a cell.
  return (cell.fg ^ look.fg) === 0 && (cell.bg ^ look.bg) === 0 && linked(cell) === linked(look);
}
