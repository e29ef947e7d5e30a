import { expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { inspectable, serverHolds } from '../harness/inspector.ts';
import { startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { inMb, MB, report } from '../harness/report.ts';
import { openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';

const BYTES = 150 * MB;
/** The program's output, bytes a second: all viewers keep up and are live, so that one that stops reading has to be parked. */
const PACE = 8 * MB;
const PRINT_MS = 90_000;
const DEAF = 5;
/** After so many, a viewer sent everything would have grown the server by more than is allowed, bytes. */
const LONG = 100 * MB;
const STEP = 25 * MB;
/** Battery 8. Five that were sent it all would be 400 MB more by then; seen 160 after 60 MB. */
const MAX_GROWTH = 50 * MB;

it('[S8] viewers that never read are parked: the server holds no more, others get all, and so do they later', async () => {
  const { port, flags } = await inspectable();
  await using muster = await startMuster({ flags });
  const client = openClient(muster);
  await hostIsOnline(client);
  const printer = new Printer(muster, BYTES, { rate: PACE });
  await createAgent(client, muster, { agentId: 'loud', program: printer.program });
  client.close();
  await using reader = new Watch(muster, 'loud');
  const deaf = Array.from({ length: DEAF }, () => new Watch(muster, 'loud'));
  try {
    // All of them flow, and the server has its working memory.
    for (const watch of [reader, ...deaf]) await watch.reaches(5 * MB);
    const before = await serverHolds(muster, port);
    for (const watch of deaf) watch.pause();
    let held = Number.POSITIVE_INFINITY;
    for (let seen = LONG; seen <= BYTES; seen += STEP) {
      await reader.reaches(seen);
      held = Math.min(held, await serverHolds(muster, port));
    }
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    expect(await reader.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
    report(`${inMb(bytes)} past ${DEAF} viewers that never read: the server grew by ${inMb(held - before)}`);
    expect(held - before).toBeLessThan(MAX_GROWTH);
    for (const watch of deaf) watch.resume();
    for (const watch of deaf) expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
  } finally {
    for (const watch of deaf) await watch[Symbol.asyncDispose]();
  }
});
