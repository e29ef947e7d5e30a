import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import fc from '../../harness/fast-check.ts';
import { dialThrough } from '../../harness/hosts.ts';
import { Printer } from '../../harness/oracle.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { inMb, MB } from '../../harness/report.ts';
import { within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { copyFault } from '../lib/copy-fault.ts';
import { FrameFaults } from '../lib/frame-faults.ts';
import { Sequence, sequenceArbitrary } from '../lib/sequence.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import type { TrialResults } from '../lib/trial-results.ts';

const BYTES = 10 * MB;
const PACE = MB;
const ALL_MS = 60_000;

/** The real processes: frames of the keeper's link, or of a viewer's, come twice, late or never. */
async function links(tally: TrialResults, random: () => number): Promise<void> {
  const up = new FrameFaults(random);
  const down = new FrameFaults(random);
  await using stage = await TestBed.open();
  const { client, muster } = stage;
  await using toRoom = await FaultyProxy.open(muster.url, () => ({ up: up.passage() }));
  await using toViewer = await FaultyProxy.open(muster.url, () => ({ down: down.passage() }));
  dialThrough(muster, toRoom.url);
  const [copy, seenCopy] = [join(muster.directory, 'printed'), join(muster.directory, 'seen')];
  const printer = new Printer(muster, BYTES, { rate: PACE, copy });
  await createAgent(client, muster, { agentId: 'meddled', program: printer.program, terminal: TERMINAL });
  await using straight = new Watch(muster, 'meddled');
  await using meddled = new Watch(muster, 'meddled', { url: toViewer.url, copy: seenCopy });
  const { bytes, sha256 } = await printer.printed(ALL_MS);
  // Nobody can miss what was taken from a stream's end: something comes behind it.
  for (const link of [up, down]) link.ended = true;
  await client.request('agent:resize', { agentId: 'meddled' as AgentId, cols: 100, rows: 30 });
  const good = await within('the viewer has it all', ALL_MS, straight.ended());
  tally.expect(
    good.sha256 === sha256 && good.gaps === 0,
    `beside a meddled keeper: ${good.bytes} of ${bytes}, ${good.gaps} gaps`,
  );
  const seen = await within('the meddled viewer has it all', ALL_MS, meddled.ended());
  const wrong = copyFault(readFileSync(copy), readFileSync(seenCopy), seen.holes);
  tally.expect(wrong === null, `a meddled viewer: ${wrong}`);
  for (const [what, counts] of Object.entries({ keeper: up, viewer: down })) {
    const { duplicated, reordered, dropped } = counts;
    tally.expect(Math.min(duplicated, reordered, dropped) > 0, `nothing was done to the ${what}'s frames`);
    tally.note(`${what}'s link: ${duplicated} twice, ${reordered} late, ${dropped} dropped`);
  }
  tally.note(`${inMb(bytes)} equal, ${seen.gaps} gaps marked at the meddled viewer`);
}

async function run({ count, random, tally }: Trials): Promise<void> {
  await links(tally, random);
  const seed = Math.floor(random() * 2 ** 31);
  let meddled = 0;
  const property = fc.property(sequenceArbitrary, ({ seed: drawn, steps }) => {
    const sequence = new Sequence(drawn);
    sequence.run(steps);
    meddled += sequence.meddled;
  });
  const details = fc.check(property, { numRuns: count, seed });
  tally.passed = details.failed ? details.numRuns - 1 : details.numRuns;
  if (details.failed) tally.fail(`${details.errorInstance} ${JSON.stringify(details.counterexample)}`);
  tally.note(`${meddled} frames of the sequences meddled with`);
}

/** A proxy that sees frames sends them twice, late or never; and the same in sequences over the real cores. */
export const framesMeddled: Battery = {
  id: 3,
  verdict: 'sequences equal or marked',
  target: 10_000,
  minimum: 500,
  cost: { fixed: 15, each: 0.004 },
  run,
};
