import { join } from 'node:path';
import * as z from 'zod';
import { musterContender, SAMPLE_MS } from '../lib/contenders.ts';
import { atMost, LatencySchema } from '../lib/latency.ts';
import { runScript } from '../lib/processes.ts';
import type { Row } from '../lib/row.ts';

const talker = join(import.meta.dirname, '..', 'programs', 'talker.ts');
const UPDATES = 500;
/** Updates that are closer wait for each other for up to 50 ms (S11). */
const EVERY_MS = 60;

/** What an agent says, from its line to a viewer's client: adapter, keeper, spool, room, socket. */
export const f18: Row = {
  id: 'F18',
  figures: [
    atMost('p50', 'agent’s update to viewer, p50', 3),
    atMost('p99', 'agent’s update to viewer, p99', 10),
    { key: 'lost', what: 'of 500 updates, lost or twice', unit: '', goals: [{ kind: 'most', value: 0 }] },
  ],
  async open() {
    const muster = await musterContender(async (bench) => {
      const { p50, p99, came } = await bench.withTalker([process.execPath, talker], (via) =>
        runScript('viewer/converse.ts', { via, updates: UPDATES, everyMs: EVERY_MS }, ToldSchema, SAMPLE_MS),
      );
      return { p50, p99, lost: Math.abs(UPDATES - came) };
    });
    return { muster, peers: [] };
  },
};

const ToldSchema = LatencySchema.extend({ came: z.number() });
