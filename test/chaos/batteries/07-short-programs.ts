import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import { retryRateLimited } from '../../harness/retry-rate-limited.ts';
import { within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const MOST_BYTES = 1_000_000;
const RUN_MS = 20_000;

/** Its own count and sum first, so that nothing holds it back between its last byte and its end. */
const LINE = `stty raw -echo
next=$(cat next)
wc -c < "$next.bin" > "$next.oracle"
sha256sum < "$next.bin" >> "$next.oracle"
exec cat "$next.bin"`;

/** The smallest and the largest, powers of two and their neighbours, and any other. */
function sizeOf(index: number, random: () => number): number {
  const edges = [0, 1, MOST_BYTES, 4095, 4096, 65_536, 10 * 1024, 514_000];
  return edges[index] ?? Math.floor(random() ** 2 * MOST_BYTES);
}

function someBytes(size: number, random: () => number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = Math.floor(random() * 256);
  return bytes;
}

async function run({ count, random, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const { client, muster } = stage;
  const at = (name: string) => join(muster.directory, name);
  const prepare = (index: number) => {
    writeFileSync(at(`${index}.bin`), someBytes(sizeOf(index, random), random));
    writeFileSync(at('next'), String(index));
  };
  prepare(0);
  await createAgent(client, muster, { agentId: 'short', program: ['sh', '-c', LINE], terminal: TERMINAL });
  await using watch = new Watch(muster, 'short');
  for (let index = 0; index < count; index += 1) {
    if (index > 0) {
      prepare(index);
      await retryRateLimited(() => client.request('agent:start', { agentId: 'short' as AgentId }));
    }
    const { runs } = await within(`run ${index + 1} has ended`, RUN_MS, watch.runs(index + 1));
    const seen = runs[index];
    const [bytes, sum] = readFileSync(at(`${index}.oracle`), 'utf8').split(/\s+/);
    tally.trial(
      differs(`bytes of run ${index + 1}`, String(seen?.bytes), bytes),
      differs(`sum of run ${index + 1}`, seen?.sha256, sum ?? createHash('sha256').digest('hex')),
    );
  }
  const { gaps } = await watch.reaches(0);
  tally.expect(gaps === 0, `${gaps} gaps`);
}

/** Programs that end right behind their last byte, through a terminal. */
export const shortPrograms: Battery = {
  id: 7,
  verdict: 'exact',
  target: 200,
  minimum: 20,
  cost: { fixed: 6, each: 0.3 },
  run,
};
