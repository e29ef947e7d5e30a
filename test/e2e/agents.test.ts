import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { agentIs, createAgent } from '../harness/agents.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { OutputHasher, openClient } from '../harness/viewer.ts';

const STOP_MS = 5000;
const SIZE = { cols: 80, rows: 24 };
/** An interactive shell with jobs of its own, which ignores SIGTERM. */
const SHELL = ['bash', '--norc', '--noprofile', '-i'] as const;

const nothingLives = (muster: Muster) =>
  vi.waitFor(() => expect(muster.survivors).toEqual([]), { timeout: 2000, interval: 50 });

async function withShell(muster: Muster): Promise<void> {
  const client = openClient(muster);
  await createAgent(client, muster, { agentId: 'shell', program: SHELL, terminal: SIZE });
  const digest = new OutputHasher(client, 'shell');
  await digest.reaches(1);
  digest.feed.input('sleep 1000 & setsid sleep 1001 & echo jobs-$((1+1))\n');
  await eventually(() =>
    expect(muster.survivors.filter(({ command }) => command.startsWith('sleep'))).toHaveLength(2),
  );
  client.close();
}

describe('the agents of this machine', () => {
  it('[P2] end with Muster, jobs and all, within 5 s, and are there again at the next start', async () => {
    await using muster = await startMuster();
    await withShell(muster);
    expect(await muster.stop()).toBeLessThan(STOP_MS);
    await nothingLives(muster);
    await muster.start();
    const client = openClient(muster);
    await agentIs(client, 'shell', ({ connection }) => connection === 'online');
    client.close();
  });

  it('[P3] go on without Muster when they are to be kept, and are taken over by the next', async () => {
    await using muster = await startMuster({ flags: ['--keep-agents'] });
    await withShell(muster);
    const jobs = () => muster.survivors.filter(({ command }) => command.startsWith('sleep'));
    const before = jobs();
    expect(await muster.stop()).toBeLessThan(STOP_MS);
    expect(jobs()).toEqual(before);
    await muster.start();
    const client = openClient(muster);
    await agentIs(
      client,
      'shell',
      ({ connection, status }) => connection === 'online' && status === 'running',
    );
    expect(jobs()).toEqual(before);
    client.close();
  });

  it('[S2] [S7] reach a full viewer byte for byte, with the server killed in between', async () => {
    await using muster = await startMuster();
    const client = openClient(muster);
    const script = 'seq 1 200000 | tee bytes.txt; echo done > done.txt';
    await createAgent(client, muster, { agentId: 'count', program: ['sh', '-c', script] });
    const digest = new OutputHasher(client, 'count');
    await digest.reaches(100_000);
    await muster.sigkill();
    await muster.start();
    await agentIs(client, 'count', ({ status }) => status === 'stopped');
    const bytes = readFileSync(join(muster.directory, 'bytes.txt'));
    await digest.reaches(bytes.length);
    expect({ bytes: digest.bytes, gaps: digest.gaps, sha256: digest.sha256 }).toEqual({
      bytes: bytes.length,
      gaps: 0,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    client.close();
  });
});
