import type { Core } from './internals.ts';
import { emptyCell, hasContent } from './serialize/bits.ts';

/** Rows of the normal screen, from the top, down to the last that holds a character. */
export function countUsedRows({ _bufferService: { buffers, rows } }: Core): number {
  const { lines, ybase } = buffers.normal;
  const cell = emptyCell();
  for (let row = rows - 1; row >= 0; row -= 1) {
    const line = lines.get(ybase + row);
    for (let x = 0; line !== undefined && x < line.length; x += 1)
      if (hasContent(line.loadCell(x, cell))) return row + 1;
  }
  return 0;
}
