import { setTimeout as lasting } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { dialThrough, hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { FaultyProxy } from '../harness/proxy.ts';
import { inMb, inMs, MB, say } from '../harness/say.ts';
import { seeded } from '../harness/seed.ts';
import { openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';

const KILLS = 10;
/** A kill costs a start, and what clients and keepers wait before they dial again. */
const KILLS_MS = 300_000;
/** Of the program that is to print all the while, bytes a second. */
const PACE = 2.5 * MB;
const PRINT_MS = 60_000;
const CUT_MS = 30_000;
const WEATHERS = 6;

/** So many places in a stream, in order. */
function offsets(count: number, bytes: number): number[] {
  const random = seeded();
  return Array.from({ length: count }, () => Math.floor(random() * bytes)).sort((a, b) => a - b);
}

async function startAgent(
  muster: Muster,
  agentId: string,
  printer: Printer,
  terminal?: { readonly cols: number; readonly rows: number },
): Promise<void> {
  const client = openClient(muster);
  await hostIsOnline(client);
  const size = terminal === undefined ? {} : { terminal };
  await createAgent(client, muster, { agentId, program: printer.program, ...size });
  client.close();
}

describe('the server', () => {
  it(
    '[S2] [S3] [S4] is killed (kill -9) at 10 random places and started again: 100 MB through each arrive',
    async () => {
      await using muster = await startMuster();
      const printers = {
        pipe: new Printer(muster, 100 * MB),
        pty: new Printer(muster, 100 * MB, { rate: PACE }),
      };
      await startAgent(muster, 'pipe', printers.pipe);
      await startAgent(muster, 'pty', printers.pty, { cols: 80, rows: 24 });
      await using pipe = new Watch(muster, 'pipe');
      await using pty = new Watch(muster, 'pty');
      const began = performance.now();
      let printed = 0;
      for (const [index, offset] of offsets(KILLS, 100 * MB).entries()) {
        // Both flow again before the next one.
        await pipe.reaches(offset);
        const beside = await pty.reaches(Math.min(printed + 1, 100 * MB));
        printed = beside.bytes;
        await muster.kill9();
        say(`kill ${index + 1}/${KILLS} at ${inMb(offset)} of the pipe, ${inMb(printed)} of the pty`);
        await muster.start();
      }
      for (const [printer, watch] of [[printers.pipe, pipe] as const, [printers.pty, pty] as const]) {
        const { bytes, sha256 } = await printer.printed(PRINT_MS);
        expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
      }
      say(`2 × 100 MB over ${KILLS} kills: equal after ${inMs(performance.now() - began)}`);
    },
    KILLS_MS,
  );
});

describe("the keeper's link", () => {
  it('[S2] [H1] is cut for 30 s while the program prints: all arrive', async () => {
    await using muster = await startMuster();
    await using proxy = await FaultyProxy.open(muster.url);
    dialThrough(muster, proxy.url);
    const printer = new Printer(muster, 70 * MB, { rate: 2 * MB });
    await startAgent(muster, 'cut', printer);
    await using watch = new Watch(muster, 'cut');
    await watch.reaches(5 * MB);
    expect(proxy.links).toBe(1);
    proxy.set('cut');
    await lasting(CUT_MS);
    const before = await watch.reaches(0);
    proxy.set('pass');
    const healed = performance.now();
    await watch.reaches(before.bytes + 1);
    const back = performance.now() - healed;
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
    say(`cut for ${CUT_MS / 1000} s at ${inMb(before.bytes)}: flows again ${inMs(back)} after; equal`);
    // Nothing came while it was cut; what was printed meanwhile is most of it.
    expect(before.bytes).toBeLessThan(bytes / 2);
  });

  it('[S3] hangs and breaks at random places: what was on the way comes again', async () => {
    await using muster = await startMuster();
    await using proxy = await FaultyProxy.open(muster.url);
    dialThrough(muster, proxy.url);
    const printer = new Printer(muster, 60 * MB, { rate: 4 * MB });
    await startAgent(muster, 'weather', printer, { cols: 80, rows: 24 });
    await using watch = new Watch(muster, 'weather');
    for (const offset of offsets(WEATHERS, 60 * MB)) {
      await watch.reaches(offset);
      proxy.set('stall');
      await lasting(300);
      proxy.set('cut');
      proxy.set('pass');
    }
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
    say(`60 MB over ${WEATHERS} links that hung and broke: equal`);
  });
});
