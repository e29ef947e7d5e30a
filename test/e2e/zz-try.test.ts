import { expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';
import { readFileSync, readdirSync } from 'node:fs';

function cpu(tag: string) {
  const rows: string[] = [];
  for (const pid of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(tag)) continue;
      const st = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
      rows.push(`${(Number(st[11]) + Number(st[12])) / 100}s(u ${Number(st[11]) / 100}) rss ${Number(st[21]) * 4 / 1024 | 0}MB ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 140)}`);
    } catch {}
  }
  return rows.join('\n');
}
it.each(['pipe', 'pty'] as const)('%s', async (kind) => {
  await using muster = await startMuster();
  const client = openClient(muster);
  const printer = new Printer(muster, 100_000_000);
  const began = performance.now();
  await createAgent(client, muster, { agentId: 'a', program: printer.program, ...(kind === 'pty' ? { terminal: { cols: 80, rows: 24 } } : {}) });
  console.log('created', performance.now() - began);
  await using watch = new Watch(muster, 'a');
  const t1 = performance.now();
  const first = await watch.reaches(1);
  const t2 = performance.now();
  console.log('first bytes', t2 - t1, first.bytes);
  const o = await printer.printed(60000);
  console.log('printed', performance.now() - began, o);
  const seen = await watch.reaches(o.bytes);
  console.log('seen', performance.now() - began, seen, 100_000 / (performance.now() - t2), 'MB/s since first byte');
  expect(seen.sha256).toBe(o.sha256);
  const end = await watch.ended();
  console.log('ended', performance.now() - began, end);
  console.log(cpu(muster.tag));
  client.close();
}, 120000);
