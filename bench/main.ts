import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { flagsOf, refuseUsage } from '../scripts/lib/usage.mjs';
import { BENCH } from '../scripts/lib/usages.mjs';
import { chart } from './lib/chart.ts';
import { type Entry, measure } from './lib/measure.ts';
import { killMusters } from './lib/muster.ts';
import { killChildren } from './lib/processes.ts';
import { table, writeResults } from './lib/report.ts';
import { f1 } from './rows/f1.ts';
import { f2 } from './rows/f2.ts';
import { f3 } from './rows/f3.ts';
import { f4 } from './rows/f4.ts';
import { f5 } from './rows/f5.ts';
import { f6 } from './rows/f6.ts';
import { f7 } from './rows/f7.ts';
import { f8 } from './rows/f8.ts';
import { f9 } from './rows/f9.ts';
import { f10 } from './rows/f10.ts';
import { f11 } from './rows/f11.ts';
import { f12 } from './rows/f12.ts';
import { f16 } from './rows/f16.ts';
import { f18 } from './rows/f18.ts';

const ROWS = [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f16, f18];
const ROUNDS = 3;
const RESULTS = join(import.meta.dirname, 'results.json');
const CHART = join(import.meta.dirname, '..', 'docs', 'performance.svg');

const FlagsSchema = z.object({
  only: z.array(z.string()).optional(),
  rounds: z.coerce.number().default(ROUNDS),
});
const values = FlagsSchema.parse(flagsOf(BENCH));
const { rounds } = values;
const wanted = values.only?.flatMap((ids) => ids.split(',')).map((id) => id.trim().toUpperCase());
const rows = ROWS.filter(({ id }) => wanted === undefined || wanted.includes(id));
const unknown = wanted?.filter((id) => !ROWS.some((row) => row.id === id)) ?? [];
if (unknown.length > 0)
  refuseUsage(BENCH, `--only takes ${ROWS.map(({ id }) => id).join(', ')}, not ${unknown.join(', ')}`);

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    killChildren();
    killMusters();
    process.exit(1);
  });
}

const entries: Entry[] = [];
for (const row of rows)
  entries.push(...(await measure(row, row.once ? 1 : rounds, (text) => console.error(text))));
console.log(table(entries));
writeFileSync(CHART, chart(writeResults(RESULTS, entries, new Set(rows.map(({ id }) => id)))));
process.exit(entries.some(({ figure }) => figure === null) ? 1 : 0);
