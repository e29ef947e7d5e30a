import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../connections/route.ts';
import { musterContender } from '../lib/contenders.ts';
import type { Bench, Program } from '../lib/muster.ts';
import { startServer } from '../lib/processes.ts';
import type { Figure, Row, Sample } from '../lib/row.ts';
import { atRest, spent, usageOf } from '../lib/usage.ts';

const steady = join(import.meta.dirname, '..', 'programs', 'steady.ts');
const EVERY_MS = 50;
/** Bytes a second. */
const RATES = { '1 kB/s': 1_000, '10 kB/s': 10_000, '100 kB/s': 100_000, '500 kB/s': 500_000 };
const IDLE = 'idle';
/** Counted for so long, at all rates at once, and scaled to an hour. */
const MEASURED_MS = 90_000;
const HOUR_MS = 3_600_000;

const figure = (key: string, what: string, value: number): Figure => ({
  key,
  what,
  unit: 'rows/h',
  goals: [{ kind: 'most', value }],
});

/** The rows that one agent's room writes, as SQLite's cursors count them; one viewer reads along. */
export const f9: Row = {
  id: 'F9',
  once: true,
  figures: [
    ...Object.keys(RATES).map((rate) => figure(rate, `rows written, output at ${rate}`, 2_000)),
    figure(IDLE, 'rows written, nothing printed', 0),
  ],
  async open() {
    return { muster: await musterContender(rowsWritten), peers: [] };
  },
};

const programAt = (rate: number): Program => [process.execPath, steady, String(rate), String(EVERY_MS)];

async function rowsWritten(bench: Bench): Promise<Sample> {
  const programs: [string, Program][] = [
    ...Object.entries(RATES).map(([name, rate]): [string, Program] => [name, programAt(rate)]),
    [IDLE, ['sh', '-c', 'echo ready; read end']],
  ];
  return await withAll(bench, programs, [], async (agents) => {
    const vias = agents.map(([, via]) => via);
    await using reader = (await startServer('viewer/read.ts', { vias, viewers: 1 })).program;
    void reader;
    // The rows of a start are not counted: the idle agent shows when it is over.
    for (const [name, via] of agents) if (name === IDLE) await atRest(via);
    const before = await Promise.all(vias.map(usageOf));
    const began = performance.now();
    await sleep(MEASURED_MS);
    const after = await Promise.all(vias.map(usageOf));
    const hours = (performance.now() - began) / HOUR_MS;
    const rows = agents.map(([name], index) => {
      const [from, to] = [before[index], after[index]];
      if (from === undefined || to === undefined) throw new Error(`${name} was not counted`);
      return [name, spent(from.room, to.room).rowsWritten / hours];
    });
    return Object.fromEntries(rows);
  });
}

type Agents = readonly (readonly [string, Route])[];

/** All of these agents at once. */
async function withAll<T>(
  bench: Bench,
  [next, ...rest]: readonly [string, Program][],
  running: Agents,
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  if (next === undefined) return await use(running);
  const [name, program] = next;
  return await bench.withAgent(program, 'terminal', (via) =>
    withAll(bench, rest, [...running, [name, via]], use),
  );
}
