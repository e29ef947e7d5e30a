import { FRESH_TERMINAL, type Snapshot, type TerminalSize } from '@muster/protocol';
import type { TerminalWriter } from './writer.ts';

const encoder = new TextEncoder();
/** Ends what was cut off, makes the terminal a fresh one, and holds the drawing back until it is whole. */
const BEGIN = encoder.encode(`${FRESH_TERMINAL}\x1b[?2026h`);
/** The snapshot's modes come after, since that may be one of them. */
const DRAW = encoder.encode('\x1b[?2026l');

/** The steps of a redraw beside writing, each in its place among the bytes. */
export interface Redrawing {
  /** From here on it is the past that is parsed (X6). */
  begin(size: TerminalSize): void;
  end(): void;
}

/**
 * S14: puts a snapshot in place of all that is on the screen, and of all that waits to be. Pending bytes are not
 * written: they belong in one write with what follows, since xterm.js loses some characters that arrive in parts.
 */
export function redraw(
  writer: Pick<TerminalWriter, 'drop' | 'write'>,
  { cols, rows, data, modes }: Snapshot,
  redrawing: Redrawing,
): void {
  writer.drop();
  writer.write(BEGIN);
  writer.write(() => redrawing.begin({ cols, rows }));
  writer.write(data);
  writer.write(DRAW);
  writer.write(modes);
  writer.write(() => redrawing.end());
}
