import { parseArgs } from 'node:util';
import { FAULT_NAMES } from './actions/index.ts';
import { RULES } from './checks.ts';
import { World } from './world.ts';

const SEEDS = 1_000;
const STEPS = 1_000;

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, steps: { type: 'string' } },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

/** `--seed N` alone runs that one. */
const first = Number(values.seed ?? 1);
const seeds = Number(values.seeds ?? (values.seed === undefined ? SEEDS : 1));
const steps = Number(values.steps ?? STEPS);

const counts = new Map<string, number>();
const add = (more: ReadonlyMap<string, number>) => {
  for (const [name, count] of more) counts.set(name, (counts.get(name) ?? 0) + count);
};
let events = 0;
let violations = 0;
const began = performance.now();
for (let seed = first; seed < first + seeds; seed += 1) {
  const world = new World(seed);
  try {
    world.run(steps);
  } catch (error) {
    violations += 1;
    say(
      `seed ${seed}: ${error instanceof Error ? (process.env['STACKS'] ? error.stack : error.message) : error}`,
    );
  }
  events += world.events;
  add(world.counts);
  add(world.checks.counts);
}
const seconds = (performance.now() - began) / 1_000;
const table = (names: readonly string[]) =>
  names.map((name) => `${name} ${counts.get(name) ?? 0}`).join('  ');

say(`faults: ${table(FAULT_NAMES)}`);
say(`checks: ${table(RULES)}`);
say(`${steps} steps a seed, ${seconds.toFixed(1)} s, ${Math.round((events / seconds) * 60)} events a minute`);
say(`${events} events, ${seeds} seeds, ${violations} violations`);
process.exitCode = violations > 0 ? 1 : 0;
