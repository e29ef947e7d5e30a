import { readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentId, framesOf } from '@muster/protocol';
import * as z from 'zod';
import { recordsIn } from '../../../agent-runner/src/spool/record.ts';
import { createAgent } from '../../harness/agents.ts';
import { dialThrough, hostData } from '../../harness/hosts.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { survivorsOf } from '../../harness/survivors.ts';
import { until, within } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TestBed } from '../lib/test-bed.ts';
import { Transcript } from '../lib/transcript.ts';

const SOON_MS = 20_000;
/** Lines that the room gets, and lines that only the host has, before the power goes. */
const STORED = 60;
const SPOOLED = 60;
/** Lines of the next start, with which the trial ends. */
const AFTER = 20;

/** Counts its starts, and the lines of each: what must follow on what is in every line. */
const LINE = `n=$(( $(cat starts 2> /dev/null || echo 0) + 1 )); echo $n > starts
i=0; while :; do i=$((i+1)); echo "$n $i"; sleep 0.01; done`;

const RecordSchema = z.looseObject({ bootId: z.string() });
const SEGMENT = /^(\d{8}-[0-9a-f]{16})-[0-9a-f]{16}-(\d{16}\.seg)$/;
/** Set aside for a full disk; nobody flushes it. */
const RESERVE = 'reserve';
const OTHER_BOOT = '0000000000000000';

/** A disk after a power loss: the newest file without its end, written under another boot. */
function losePower(stage: TestBed, agentId: AgentId, random: () => number): number {
  const directory = hostData(stage.muster).agent(stage.uid(agentId));
  const names = readdirSync(directory.spool).sort();
  const newest = names.findLast((name) => SEGMENT.test(name)) ?? '';
  const { size } = statSync(join(directory.spool, newest));
  const kept = Math.floor(random() * size);
  truncateSync(join(directory.spool, newest), kept);
  for (const name of names) {
    if (name === RESERVE) {
      truncateSync(join(directory.spool, name), 0);
      continue;
    }
    const [, stem, rest] = SEGMENT.exec(name) ?? [];
    if (stem === undefined) throw new Error(`${name} is in a spool that was not closed`);
    renameSync(join(directory.spool, name), join(directory.spool, `${stem}-${OTHER_BOOT}-${rest}`));
  }
  const record = RecordSchema.parse(JSON.parse(directory.read('program.json') ?? ''));
  directory.write('program.json', JSON.stringify({ ...record, bootId: 'another' }));
  return kept;
}

/** The contents of one file's whole records. */
function textOf(path: string): string {
  const bytes = readFileSync(path);
  let text = '';
  for (const { header, batch } of recordsIn((offset, length) => bytes.subarray(offset, offset + length))) {
    if (header.kind !== 'output') continue;
    for (const { data } of framesOf(batch, { ...header, offset: 0 }))
      text += Buffer.from(data).toString('latin1');
  }
  return text;
}

/** The highest line that the spool on the disk holds whole. */
function linesIn(stage: TestBed, agentId: AgentId): number {
  const { spool } = hostData(stage.muster).agent(stage.uid(agentId));
  const names = readdirSync(spool).sort();
  const text = names.map((name) => textOf(join(spool, name))).join('');
  return Math.max(0, ...[...text.matchAll(/^1 (\d+)\n/gm)].map(([, line]) => Number(line)));
}

async function trial(stage: TestBed, proxy: FaultyProxy, agentId: AgentId, random: () => number) {
  const { client, muster } = stage;
  writeFileSync(join(muster.directory, 'starts'), '0');
  await createAgent(client, muster, { agentId, program: ['sh', '-c', LINE] });
  const live = new Transcript(client, agentId);
  await within('lines come', SOON_MS, live.reaches(1, STORED));
  const beginning = live.beginning;
  proxy.set('stall');
  await until('lines are only on the host', SOON_MS, () => linesIn(stage, agentId) >= STORED + SPOOLED);

  const runner = muster.running.runner?.pid ?? 0;
  process.kill(runner, 'SIGSTOP');
  const [keeper] = stage.keepersOf(stage.uid(agentId));
  const program = survivorsOf(muster.tag).filter(({ command }) => command.includes('while :; do i='));
  for (const { pid } of [...(keeper === undefined ? [] : [keeper]), ...program]) process.kill(pid, 'SIGKILL');
  await until('the keeper is gone', SOON_MS, () => stage.keepersOf(stage.uid(agentId)).length === 0);
  const whole = linesIn(stage, agentId);
  const kept = losePower(stage, agentId, random);
  const left = linesIn(stage, agentId);
  const had = live.last(1);
  proxy.set('cut');
  proxy.set('pass');
  process.kill(runner, 'SIGCONT');
  await within('the next start is seen', SOON_MS, live.reaches(2, AFTER));

  const late = new Transcript(client, agentId, beginning);
  await within('a late viewer sees it too', SOON_MS, late.reaches(2, AFTER));
  const where = `${agentId}, cut at ${kept}`;
  const wrong = [live, late].flatMap((viewer) => viewer.wrong().map((why) => `${where}: ${why}`));
  if (live.last(1) < Math.max(had, left))
    wrong.push(`${where}: ${live.last(1)} lines told, ${left} were left`);
  if (live.last(1) !== late.last(1))
    wrong.push(`${where}: told two ways: ${live.last(1)} and ${late.last(1)} lines`);
  if (live.last(1) < whole && !live.endIsMarked) wrong.push(`${where}: the lost end is not marked`);
  live.close();
  late.close();
  await client.request('agent:delete', { agentId });
  return wrong;
}

async function run({ count, random, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  await using proxy = await FaultyProxy.open(stage.muster.url);
  dialThrough(stage.muster, proxy.url);
  for (let index = 0; index < count; index += 1) {
    tally.trial(...(await trial(stage, proxy, `power-${index}` as AgentId, random)));
  }
  tally.note('the newest file cut at any byte, the boot another');
}

/** The power goes: what the host had only half written is lost and marked, all else comes, no number is told two ways. */
export const powerLoss: Battery = {
  id: 23,
  verdict: 'delivered or marked',
  target: 50,
  minimum: 3,
  cost: { fixed: 5, each: 4.5 },
  run,
};
