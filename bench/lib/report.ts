import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { Entry } from './measure.ts';

const EntrySchema = z.object({
  id: z.string(),
  what: z.string(),
  figure: z.number().nullable(),
  unit: z.string(),
  peer: z.string(),
  peerFigure: z.number().nullable(),
  ratio: z.number().nullable(),
  goal: z.string(),
  met: z.boolean().nullable(),
}) satisfies z.ZodType<Entry>;

const HEADINGS = ['', 'what', 'goal', 'figure', 'peer', 'its figure', 'ratio', 'met'];

const withUnit = (figure: number | null, unit: string) => (figure === null ? '–' : `${figure} ${unit}`);
const word = (met: boolean | null) => (met === null ? '' : met ? 'yes' : 'no');

function cellsOf(entry: Entry): string[] {
  const { id, what, goal, figure, unit, peer, peerFigure, ratio, met } = entry;
  return [
    id,
    what,
    goal,
    withUnit(figure, unit),
    peer,
    withUnit(peerFigure, unit),
    String(ratio ?? ''),
    word(met),
  ];
}

/** As a table for a terminal. */
export function table(entries: readonly Entry[]): string {
  const lines = [HEADINGS, ...entries.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Rows that were not measured this time keep what an earlier run wrote. */
export function writeResults(
  path: string,
  entries: readonly Entry[],
  measured: ReadonlySet<string>,
): readonly Entry[] {
  const before = existsSync(path) ? z.array(EntrySchema).parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
  const all = [...before.filter(({ id }) => !measured.has(id)), ...entries];
  all.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}
