import { expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { dialThrough, hostIsOnline } from '../harness/hosts.ts';
import { startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { spent, usages } from '../harness/processor.ts';
import { inMb, inMs, MB, rate, report } from '../harness/report.ts';
import { SlowProxy } from '../harness/slow-proxy.ts';
import { openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';

/** Of the keeper's uplink, bytes a second: 40 Mbit/s. */
const UPLINK = 5 * MB;
const PRINT_MS = 60_000;

it('[S12] [S2] [S7] over a slow uplink 50 MB travel compressed and arrive byte for byte, then and later', async () => {
  await using muster = await startMuster();
  await using proxy = await SlowProxy.open(muster.url, UPLINK);
  const client = openClient(muster);
  await hostIsOnline(client);
  dialThrough(muster, proxy.url);
  const printer = new Printer(muster, 50 * MB);
  const before = usages(muster.tag);
  const began = performance.now();
  await createAgent(client, muster, { agentId: 'uphill', program: printer.program });
  await using watch = new Watch(muster, 'uphill');
  const { bytes, sha256 } = await printer.printed(PRINT_MS);
  expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
  const took = performance.now() - began;
  report(
    `${inMb(bytes)} over an uplink of ${rate(UPLINK, 1_000)}: ${inMs(took)}, ${inMb(proxy.passed)} on the wire;`,
  );
  report(`  processor: ${spent(muster.tag, before)}`);
  expect(proxy.passed).toBeLessThan(bytes * 0.6);

  // Output that the room has dropped comes from the host, over the same uplink.
  const [early, again] = [proxy.passed, performance.now()];
  await using late = new Watch(muster, 'uphill');
  expect(await late.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
  report(
    `  again, from the host: ${inMs(performance.now() - again)}, ${inMb(proxy.passed - early)} on the wire`,
  );
  client.close();
});
