import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { serverMemory, spent, usages } from '../harness/processor.ts';
import { inMb, inMs, MB, rate, report } from '../harness/report.ts';
import { openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';

const PRINT_MS = 60_000;
/** A viewer that reads is at most so far behind the program, also beside one that does not. */
const BEHIND_MS = 2_000;
/** The server's heap comes and goes by some 60 MB; what it holds back from a viewer that does not read is 95 MB. */
const GROWTH_BYTES = 80 * MB;
const KINDS = ['pipe', 'pty'] as const;
const terminalOf = (kind: (typeof KINDS)[number]) =>
  kind === 'pty' ? { terminal: { cols: 80, rows: 24 } } : {};

let muster: Muster;
let client: MusterClient;
beforeAll(async () => {
  muster = await startMuster();
  client = openClient(muster);
  await hostIsOnline(client);
});
afterAll(async () => {
  client.close();
  await muster[Symbol.asyncDispose]();
});

/** Bytes of all files under a directory. */
function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

describe.each(KINDS)('through a %s, to a full viewer in another process', (kind) => {
  it('[S7] seq 1 200000 arrives byte for byte', async () => {
    const text = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join('');
    const line = kind === 'pty' ? 'stty -opost; exec seq 1 200000' : 'exec seq 1 200000';
    const agentId = `seq-${kind}`;
    await createAgent(client, muster, { agentId, program: ['sh', '-c', line], ...terminalOf(kind) });
    await using watch = new Watch(muster, agentId);
    expect(await watch.ended()).toMatchObject({
      bytes: text.length,
      gaps: 0,
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  it('[S2] [S7] 100 MB arrive byte for byte', async () => {
    const printer = new Printer(muster, 100 * MB);
    const agentId = `all-${kind}`;
    const before = usages(muster.tag);
    await createAgent(client, muster, { agentId, program: printer.program, ...terminalOf(kind) });
    await using watch = new Watch(muster, agentId);
    await watch.reaches(1);
    const began = performance.now();
    const { bytes, sha256, ms } = await printer.printed(PRINT_MS);
    const reached = await watch.reaches(bytes);
    const took = performance.now() - began;
    report(`100 MB, ${kind}: ${rate(bytes, took)} from the viewer's first byte to its last (${inMs(took)});`);
    report(`  printed at ${rate(bytes, ms)}; processor: ${spent(muster.tag, before)}`);
    expect(reached).toMatchObject({ bytes, sha256, gaps: 0 });
    expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
  });
});

describe('a viewer that is not in step', () => {
  it('[S6] comes when 100 MB were printed and gets them all, from the disk of the host', async () => {
    const printer = new Printer(muster, 100 * MB);
    const before = sizeOf(join(muster.data, 'state'));
    await createAgent(client, muster, { agentId: 'late', program: printer.program });
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    await using watch = new Watch(muster, 'late');
    const began = performance.now();
    const seen = await watch.ended();
    const kept = sizeOf(join(muster.data, 'state')) - before;
    report(`100 MB, late: ${rate(bytes, performance.now() - began)}; the room keeps ${inMb(kept)} of it`);
    expect(seen).toMatchObject({ bytes, sha256, gaps: 0 });
    expect(kept).toBeLessThan(bytes / 2);
  });

  it('[S8] stops reading for a while, hurts nobody and misses nothing', async () => {
    const printer = new Printer(muster, 100 * MB, { rate: 10 * MB });
    await createAgent(client, muster, { agentId: 'slow', program: printer.program });
    await using slow = new Watch(muster, 'slow');
    await using quick = new Watch(muster, 'slow');
    await Promise.all([slow.reaches(5 * MB), quick.reaches(5 * MB)]);
    const memory = serverMemory(muster.tag);
    slow.pause();
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    const printed = performance.now();
    expect(await quick.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
    const behind = performance.now() - printed;
    const grown = serverMemory(muster.tag) - memory;
    slow.resume();
    expect(await slow.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
    const back = performance.now() - printed;
    report(
      `beside a viewer that stopped: the other is ${inMs(behind)} behind, the server grew ${inMb(grown)};`,
    );
    report(`  the one that stopped has it all ${inMs(back)} after the program's end`);
    expect(behind).toBeLessThan(BEHIND_MS);
    expect(grown).toBeLessThan(GROWTH_BYTES);
  });
});
