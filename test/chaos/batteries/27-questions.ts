import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@muster/protocol';
import * as z from 'zod';
import { findNode } from '../../../scripts/lib/node.mjs';
import { createAgent } from '../../harness/agents.ts';
import { programFile } from '../../harness/program-file.ts';
import { QUESTIONS, shown } from '../../harness/questions.ts';
import { until } from '../../harness/until.ts';
import { openClient } from '../../harness/viewer.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const PROGRAM = programFile('asks.mjs');
const SOON_MS = 60_000;
/** P8. */
const IN_TIME_MS = 100;
const AGENT = 'asks' as AgentId;

const ToldSchema = z.object({ before: z.string(), answer: z.string(), ms: z.number() });
const HeardSchema = z.object({ each: z.array(ToldSchema), all: ToldSchema });

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const { client, muster } = stage;
  const directory = join(muster.directory, 'asks');
  mkdirSync(directory);
  writeFileSync(join(directory, 'questions.json'), JSON.stringify(QUESTIONS.map(([, question]) => question)));
  await createAgent(client, muster, {
    agentId: AGENT,
    program: [findNode(), PROGRAM, directory],
    terminal: TERMINAL,
  });
  const times: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    // Nobody watches, somebody watches, somebody drives, and the driver leaves in the middle.
    const watcher = openClient(muster);
    const feed = round % 4 === 1 ? null : watcher.open(AGENT, { history: 'screen' });
    if (round % 4 > 2 || round % 4 === 0)
      await watcher.request('driver:request', { agentId: AGENT, take: true });
    writeFileSync(join(directory, `go.${round}`), '');
    if (round % 4 === 0) feed?.close();
    const file = join(directory, `heard.${round}`);
    await until(`round ${round} is over`, SOON_MS, () => existsSync(file));
    watcher.close();
    const { each, all } = HeardSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const wrong = QUESTIONS.flatMap(([name, , answer], index) => {
      const told = each[index];
      const text = shown(told?.answer ?? '');
      times.push(told?.ms ?? Number.POSITIVE_INFINITY);
      return told?.before === '' && answer.test(text) ? [] : [`${name} in round ${round} heard ${text}`];
    });
    const inTurn = each.map(({ answer }) => answer).join('');
    tally.trial(...wrong, differs(`all of round ${round}`, shown(all.answer), shown(inTurn)));
  }
  times.sort((a, b) => a - b);
  const late = times.filter((ms) => ms > IN_TIME_MS).length;
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  // Others use this machine too: a hundredth may be later.
  tally.expect(at(0.99) <= IN_TIME_MS, `${late} of ${times.length} answers came after ${IN_TIME_MS} ms`);
  tally.note(`p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

/** Every terminal query, for each combination of viewers and driver. */
export const questions: Battery = {
  id: 27,
  verdict: 'answered',
  target: 40,
  minimum: 8,
  cost: { fixed: 6, each: 2.5 },
  run,
};
