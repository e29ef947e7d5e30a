import { once } from 'node:events';
import { AgentIdSchema, encodeMessage, SUBPROTOCOL } from '@muster/protocol';
import { WebSocket } from 'ws';
import { median } from '../../../bench/lib/statistics.ts';
import { createAgent } from '../../harness/agents.ts';
import { inspectable, serverHolds } from '../../harness/inspector.ts';
import { Printer } from '../../harness/oracle.ts';
import { inMb, inMs, MB } from '../../harness/report.ts';
import { within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const RATE = 10 * MB;
/** Printed before it attaches: by it the others' lateness is measured, and the server is warm. */
const BEFORE = 60 * MB;
/** Between two looks at its memory. */
const LOOK_MB = 25;
const GROWTH_BYTES = 50 * MB;
/** S2: what a host keeps on disk. */
const KEPT_BYTES = 256 * 1024 * 1024;
const TIMES = 2;
/** Lateness is measured in whole ms: below this two figures differ by chance, ms. */
const FLOOR_MS = 10;
const ALL_MS = 120_000;

/** A viewer that subscribes and from then on reads nothing: its machine hangs, its network is gone. */
async function deafViewer({ muster }: TestBed, agentId: string): Promise<WebSocket> {
  const address = `${muster.url.replace('http', 'ws')}/ws/agents/${agentId}`;
  const headers = { authorization: `Bearer ${muster.token}` };
  const socket = new WebSocket(address, SUBPROTOCOL, { headers, perMessageDeflate: false });
  await once(socket, 'message');
  socket.send(
    encodeMessage(
      { type: 'subscribe:agent', payload: { agentId: AgentIdSchema.parse(agentId), history: 'full' } },
      { id: 's' },
    ),
  );
  await once(socket, 'message');
  socket.pause();
  return socket;
}

async function run({ count, tally }: Trials): Promise<void> {
  const { port, flags } = await inspectable();
  await using stage = await TestBed.open({ flags });
  const { client, muster } = stage;
  const printer = new Printer(muster, BEFORE + count * MB, { rate: RATE });
  await createAgent(client, muster, { agentId: 'loud', program: printer.program });
  await using one = new Watch(muster, 'loud');
  await using two = new Watch(muster, 'loud');
  await using stopped = new Watch(muster, 'loud');
  const before = await one.reaches(BEFORE);
  await stopped.reaches(BEFORE);
  const memory = await serverHolds(muster, port);
  const socket = await deafViewer(stage, 'loud');
  // It was live, so that it has to be parked; the other one never began to read.
  stopped.pause();
  let held = Number.POSITIVE_INFINITY;
  for (let at = count / 2; at < count; at += LOOK_MB) {
    await within('it flows on', ALL_MS, one.reaches(BEFORE + at * MB));
    held = Math.min(held, await serverHolds(muster, port));
  }
  const { bytes, sha256 } = await printer.printed((count * MB * 1_000) / RATE + ALL_MS);
  const seen = await within('the others have it all', ALL_MS, Promise.all([one.ended(), two.ended()]));
  const grown = held - memory;
  socket.terminate();
  stopped.resume();
  const late = await within('who stopped has it all', ALL_MS, stopped.ended());
  const [alone, beside] = [before.lags, seen[0].lags.slice(before.lags.length)].map((lags) =>
    median(lags.slice(1)),
  );
  const wrong = seen.flatMap((viewer) => [
    differs('bytes', viewer.bytes, bytes),
    differs('sum', viewer.sha256, sha256),
    differs('gaps', viewer.gaps, 0),
  ]);
  // Beyond that, output it missed is a marked gap.
  if (late.gaps === 0) wrong.push(differs('sum of who stopped', late.sha256, sha256));
  else tally.expect(late.bytes >= KEPT_BYTES, `who stopped has ${inMb(late.bytes)} and a marked gap`);
  const allowed = Math.max(FLOOR_MS, TIMES * (alone ?? 0));
  tally.expect(grown < GROWTH_BYTES, `the server grew by ${inMb(grown)}`);
  tally.expect((beside ?? 0) <= allowed, `the others' p99 went from ${alone} ms to ${beside} ms`);
  if (wrong.every((why) => why === null)) tally.passed = count;
  else tally.trial(...wrong);
  tally.note(
    `the server grew by ${inMb(grown)}; the others' p99 ${inMs(alone ?? 0)} before, ${inMs(beside ?? 0)} beside them`,
  );
}

/** Two viewers read nothing while so many MB are printed: one never did, one was live and stopped. */
export const neverReads: Battery = {
  id: 8,
  verdict: 'MB equal beside viewers that do not read',
  target: 450,
  minimum: 300,
  cost: { fixed: 12, each: 0.1 },
  run,
};
