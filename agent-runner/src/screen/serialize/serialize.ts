import type { Core } from '../internals.ts';
import { BufferPainter, cursorTo, type PaintedLine } from './buffer-painter.ts';
import { type CharsetNames, charsetIsRestored, charsetState } from './charsets.ts';
import { cursorState } from './cursor.ts';
import { modeState } from './modes.ts';

/** Lines written between two chances to do something else. */
const LINES_AT_A_TIME = 16;
const ALTERNATE_ON = '\x1b[?47h';
const ALTERNATE_OFF = '\x1b[?47l';
const HOME = '\x1b[H';

export interface Serialized {
  readonly data: string;
  readonly modes: string;
}

export interface Source {
  readonly core: Core;
  readonly cols: number;
  readonly rows: number;
  readonly nameOf: CharsetNames;
  /** Title, palette and what else only viewers keep. */
  readonly observed: string;
  /** The kitty keyboard protocol's flags of each screen. */
  readonly keyboard: { readonly normal: string; readonly alternate: string };
}

/**
 * Writes the whole emulator: `data`, both buffers; `modes`, the rest. At most `maxBytes` of UTF-8 in all, for which the
 * oldest scrollback is left out; null where not even the screen fits. The emulator must not change meanwhile.
 */
export function* serialize(source: Source, maxBytes: number): Generator<void, Serialized | null> {
  const { core, cols, rows, nameOf, keyboard } = source;
  const { normal, alt, active } = core._bufferService.buffers;
  const modes = modesOf(source, active === alt ? keyboard.alternate : keyboard.normal);
  const normalPainter = new BufferPainter(core, normal, cols, nameOf);
  const altPainter = new BufferPainter(core, alt, cols, nameOf);
  const isAlternate = active === alt;
  let after = normalPainter.extras(rows);
  if (isAlternate) {
    const lines: string[] = [];
    for (let index = 0; index < altPainter.lines; index += 1) {
      lines.push(written(altPainter.line(index), index === 0));
      if (index % LINES_AT_A_TIME === 0) yield;
    }
    const start = alt.lines.get(0)?.isWrapped === true && rows > 1 ? altPainter.wrappedStart : '';
    // A resize keeps the cursor's line on the screen, of the buffer too that does not show.
    const cursor = cursorTo(Math.min(normal.x, cols - 1), normal.y);
    after +=
      keyboard.normal +
      cursor +
      ALTERNATE_ON +
      HOME +
      altPainter.prelude(rows) +
      start +
      lines.join('') +
      altPainter.extras(rows);
  }
  // A cursor saved on the alternate screen outlives that screen.
  const before =
    !isAlternate && (altPainter.hasSavedCursor || keyboard.alternate !== '')
      ? ALTERNATE_ON +
        altPainter.prelude(rows) +
        altPainter.extras(rows) +
        keyboard.alternate +
        ALTERNATE_OFF +
        HOME
      : '';
  const left = maxBytes - Buffer.byteLength(modes) - Buffer.byteLength(after) - Buffer.byteLength(before);
  const screen = yield* newestLines(normalPainter, rows, left);
  if (screen === null) return null;
  return { data: before + screen + after, modes };
}

/** As many lines as fit, from the last one back, but never less than the screen; null where that does not fit. */
function* newestLines(
  painter: BufferPainter,
  rows: number,
  maxBytes: number,
): Generator<void, string | null> {
  const lines: PaintedLine[] = [];
  const most = maxBytes - painter.prelude(rows).length - painter.wrappedStart.length;
  let bytes = 0;
  for (let index = painter.lines - 1; index >= 0; index -= 1) {
    const line = painter.line(index);
    bytes += Buffer.byteLength(line.text) + line.arrive.length;
    if (bytes > most && lines.length < rows) return null;
    if (bytes > most) break;
    lines.push(line);
    if (index % LINES_AT_A_TIME === 0) yield;
  }
  return textOf(lines.reverse(), painter, rows);
}

function textOf(lines: PaintedLine[], painter: BufferPainter, rows: number): string {
  const goesOn = painter.startsWrapped(painter.lines - lines.length) && rows > 1;
  return (
    painter.prelude(rows) +
    (goesOn ? painter.wrappedStart : '') +
    lines.map((line, index) => written(line, index === 0)).join('')
  );
}

const written = (line: PaintedLine, first: boolean) => (first ? '' : line.arrive) + line.text;

function modesOf({ core, cols, nameOf, observed }: Source, keyboard: string): string {
  const charsets = charsetState(core, nameOf);
  const origin = core.coreService.decPrivateModes.origin ? '\x1b[?6h' : '';
  // Restoring the cursor is the only way to a set that is none of G0 to G3; it moves the cursor, so it comes first.
  const restored = charsetIsRestored(core);
  const first = restored ? `${charsets}\x1b8\x1b[m` : '';
  const settle = (restored ? '' : charsets) + modeState(core) + observed + keyboard;
  return first + origin + cursorState(core, cols, settle);
}
