/** How many columns hold `count` terminals side by side in a box, so that each is as wide as it is useful. */
export function columnsFor(count: number, width: number, minTile: number): number {
  const most = Math.max(1, Math.floor(width / minTile));
  return Math.max(1, Math.min(most, count <= 1 ? 1 : count <= 4 ? 2 : 3));
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The tile beside `index` in a grid; the same one where there is none. */
export function neighbour(index: number, direction: Direction, count: number, columns: number): number {
  const step = { left: -1, right: 1, up: -columns, down: columns }[direction];
  const next = index + step;
  return next < 0 || next >= count ? index : next;
}

/** `a,b,c` without blanks and repeats. */
export function parseTiles(text: string | null): string[] {
  const ids = (text ?? '').split(',').map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== ''))];
}
