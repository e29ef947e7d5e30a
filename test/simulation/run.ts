import { flagsOf } from '../../scripts/lib/usage.mjs';
import { SIMULATE } from '../../scripts/lib/usages.mjs';
import { FAULT_NAMES } from './actions/index.ts';
import { RULES } from './checks.ts';
import { outsideOfPromises } from './platform/microtasks.ts';
import { World } from './world.ts';

const SEEDS = 1_000;
const STEPS = 1_000;
/** In a full run each fault must have happened, and each rule have been held, so often. */
const LEAST = 1_000;
/** Columns of the table. */
const ACROSS = 4;

const values = flagsOf(SIMULATE);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** `--seed N` alone runs that one. */
const first = Number(values.seed ?? 1);
const seeds = Number(values.seeds ?? (values.seed === undefined ? SEEDS : 1));
const steps = Number(values.steps ?? STEPS);

const counts = new Map<string, number>([...FAULT_NAMES, ...RULES].map((name) => [name, 0]));
let events = 0;
let violations = 0;

function liveOnce(seed: number): void {
  const worlds: World[] = [];
  const begun = (world: World) => void worlds.push(world);
  try {
    live(seed, begun);
  } catch (error) {
    violations += 1;
    say(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
  }
  for (const world of worlds) count(world);
}

/** Loads the Durable Objects, which needs `platform/register.ts`. */
async function shells(): Promise<typeof liveInCores> {
  const { liveInShells } = await import('./shells.ts');
  return (seed, begun) => void liveInShells(seed, steps, { begun });
}

function liveInCores(seed: number, begun: (world: World) => void): void {
  const world = new World(seed);
  begun(world);
  world.run(steps);
}

function count(world: World): void {
  events += world.events;
  for (const [name, happened] of [...world.counts, ...world.checks.counts]) {
    const before = counts.get(name);
    if (before !== undefined) counts.set(name, before + happened);
  }
}

function table(title: string, names: readonly string[]): void {
  say(title);
  for (let at = 0; at < names.length; at += ACROSS) {
    const cells = names.slice(at, at + ACROSS);
    say(cells.map((name) => `  ${name.padEnd(17)}${String(counts.get(name)).padStart(10)}`).join(''));
  }
}

const live = values.shells ? await shells() : liveInCores;
const began = performance.now();
for (let seed = first; seed < first + seeds; seed += 1) await outsideOfPromises(() => liveOnce(seed));
const seconds = (performance.now() - began) / 1_000;

const isFull = seeds >= SEEDS && steps >= STEPS;
const rare = isFull ? [...counts].filter(([, count]) => count < LEAST) : [];
table('faults, how often each happened', FAULT_NAMES);
table('rules, how often each was held', RULES);
say(`${steps} steps a seed, ${seconds.toFixed(1)} s, ${Math.round((events / seconds) * 60)} events a minute`);
for (const [name, count] of rare) say(`${name}: only ${count}, at least ${LEAST} are wanted`);
say(`${events} events, ${seeds} seeds, ${violations} violations`);
process.exitCode = violations > 0 || rare.length > 0 ? 1 : 0;
