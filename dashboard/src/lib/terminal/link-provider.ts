import type { ILink, Terminal } from '@xterm/xterm';
import { type FoundLink, findLinks } from './links.ts';

/** Rows of one wrapped line that are looked through. */
const MAX_ROWS = 40;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A line as it was printed, over all the rows it was wrapped onto, and the cell of each of its characters. */
function wholeLine(terminal: Terminal, row: number): { text: string; cells: readonly Place[] } {
  const { active } = terminal.buffer;
  let first = row;
  while (first > 0 && row - first < MAX_ROWS && active.getLine(first)?.isWrapped === true) first -= 1;
  let text = '';
  const cells: Place[] = [];
  for (let y = first; y < first + MAX_ROWS; y += 1) {
    const line = active.getLine(y);
    if (line === undefined || (y > first && !line.isWrapped)) break;
    for (let x = 0; x < Math.min(line.length, terminal.cols); x += 1) {
      const cell = line.getCell(x);
      if (cell === undefined || cell.getWidth() === 0) continue;
      const chars = cell.getChars() || ' ';
      text += chars;
      for (let unit = 0; unit < chars.length; unit += 1) cells.push({ x, y });
    }
  }
  return { text, cells };
}

/** Addresses and places in files are links wherever they are printed. */
export function provideLinks(terminal: Terminal, activate: (link: FoundLink) => void): void {
  terminal.registerLinkProvider({
    provideLinks(number, callback) {
      const row = number - 1;
      const { text, cells } = wholeLine(terminal, row);
      const links = findLinks(text).flatMap((found): ILink[] => {
        const [from, to] = [cells[found.start], cells[found.end - 1]];
        if (from === undefined || to === undefined || from.y > row || to.y < row) return [];
        const range = { start: { x: from.x + 1, y: from.y + 1 }, end: { x: to.x + 1, y: to.y + 1 } };
        return [{ range, text: found.target, activate: () => activate(found) }];
      });
      callback(links.length === 0 ? undefined : links);
    },
  });
}
