import type { DiffLine } from './compare.ts';

/** A row of two columns; null where the other side has no counterpart. */
export interface Row {
  readonly left: DiffLine | null;
  readonly right: DiffLine | null;
}

function paired(removed: readonly DiffLine[], added: readonly DiffLine[]): Row[] {
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, index) => ({
    left: removed[index] ?? null,
    right: added[index] ?? null,
  }));
}

/** Lines side by side: what was removed on the left of what took its place. */
export function rowsOf(lines: readonly DiffLine[]): Row[] {
  const rows: Row[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    rows.push(...paired(removed, added));
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    if (line.kind === 'added') added.push(line);
    else {
      // A further removal after an addition, or an unchanged line, begins anew.
      if (added.length > 0 || line.kind === 'same') flush();
      if (line.kind === 'same') rows.push({ left: line, right: line });
      else removed.push(line);
    }
  }
  flush();
  return rows;
}
