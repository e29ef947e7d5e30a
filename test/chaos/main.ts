import * as z from 'zod';
import { flagsOf, refuseUsage } from '../../scripts/lib/usage.mjs';
import { CHAOS } from '../../scripts/lib/usages.mjs';
import { report } from '../harness/report.ts';
import { numbers } from '../harness/seed.ts';
import { within } from '../harness/until.ts';
import { BATTERIES } from './batteries.ts';
import type { Battery } from './lib/battery.ts';
import { lineOf, passes } from './lib/line.ts';
import { plan } from './lib/plan.ts';
import { closeTestBeds, killTestBeds } from './lib/test-bed.ts';
import { TrialResults } from './lib/trial-results.ts';

const FlagsSchema = z.object({
  only: z.string().optional(),
  seed: z.string().optional(),
  minutes: z.string().optional(),
  count: z.string().optional(),
});
const values = FlagsSchema.parse(flagsOf(CHAOS));
const SEEDS = 2 ** 32;
const seed = Number(values.seed ?? Math.floor(Math.random() * SEEDS));
const minutes = values.minutes === undefined ? null : Number(values.minutes);
const asked = values.count === undefined ? null : Number(values.count);
const only = values.only?.split(',').map(Number);
const chosen = BATTERIES.filter(({ id }) => only?.includes(id) ?? true);
const unknown = only?.filter((id) => !BATTERIES.some((battery) => battery.id === id)) ?? [];
if (unknown.length > 0)
  refuseUsage(CHAOS, `--only takes ${BATTERIES.map(({ id }) => id).join(',')}, not ${values.only}`);

/** The same trials again. */
const againWith = ({ id, target }: Battery, count: number) =>
  `npm run chaos -- --only ${id} --seed ${seed}${count === target ? '' : ` --count ${count}`}`;

/** ms after which it hangs, whatever holds it. */
const limitOf = ({ cost }: Battery, count: number) => (120 + 8 * (cost.fixed + cost.each * count)) * 1_000;

async function perform(battery: Battery, count: number): Promise<boolean> {
  const tally = new TrialResults();
  const random = numbers(seed + battery.id);
  try {
    const running = battery.run({ count, thorough: minutes === null, random, tally });
    await within('the battery has ended', limitOf(battery, count), running);
  } catch (error) {
    tally.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    await closeTestBeds();
  }
  report(lineOf(battery, count, tally, againWith(battery, count)));
  return passes(count, tally);
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    killTestBeds();
    process.exit(1);
  });
}

report(`seed ${seed}${minutes === null ? '' : `, counts for ${minutes} min`}`);
const began = performance.now();
let failed = 0;
for (const [battery, count] of plan(chosen, minutes === null ? null : minutes * 60)) {
  if (!(await perform(battery, asked ?? count))) failed += 1;
}
const took = ((performance.now() - began) / 60_000).toFixed(1);
report(`${chosen.length - failed} of ${chosen.length} batteries passed, seed ${seed}, ${took} min`);
process.exit(failed === 0 ? 0 : 1);
