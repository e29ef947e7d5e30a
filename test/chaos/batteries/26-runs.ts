import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import { readCast } from '../../harness/asciicast.ts';
import { PROJECT } from '../../harness/muster.ts';
import { Mirror, type Screen, screenOfCast } from '../../harness/screen.ts';
import { TERMINAL_STATES } from '../../harness/terminal-states.ts';
import { until } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const SOON_MS = 20_000;
/** Bytes of a recording that a run prints at most. */
const MOST_BYTES = 20_000;
const CORPUS = join(PROJECT, 'agent-runner', 'test', 'screen', 'corpus');
const RECORDINGS = readdirSync(CORPUS).filter((name) => name.endsWith('.bin'));
/** Tells what a run finds: its cursor, tabs, colours, charset, saved cursor. */
const probe = (index: number) => `new ${index}\r\n\tlqqk\x1b8x\x1b[2;30Hé漢\r\n`;

/** A program's output before it is killed: part of a recording, then one or more modes. */
function before(index: number, random: () => number): Buffer {
  const kinds = Object.values(TERMINAL_STATES);
  const recording = readFileSync(join(CORPUS, RECORDINGS[index % RECORDINGS.length] ?? ''));
  const part = recording.subarray(0, Math.floor(random() * Math.min(MOST_BYTES, recording.length)));
  const left = kinds[index % kinds.length] ?? '';
  const another = kinds[Math.floor(random() * kinds.length)] ?? '';
  return Buffer.concat([part, ...[another, left].map((one) => Buffer.from(one))]);
}

const asText = ({ size, cursor, text, looks }: Screen) => JSON.stringify({ size, cursor, text, looks });

async function run({ count, random, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const { client, muster } = stage;
  const print = (text: string | Buffer) => writeFileSync(join(muster.directory, 'print'), text);
  print('first');
  // Not through the line discipline, which would change what is printed.
  const program = ['sh', '-c', 'stty raw -echo; cat print; exec sleep 1000'] as const;
  await createAgent(client, muster, { agentId: 'runs', program, terminal: TERMINAL });
  const live = new Mirror(client, 'runs', TERMINAL);
  let printed = Buffer.alloc(0);
  live.feed.on('output', ({ frames }) => {
    printed = Buffer.concat([printed, ...frames.map(({ data }) => data)]);
  });
  const prints = async (what: string, bytes: Buffer) => {
    printed = Buffer.alloc(0);
    print(bytes);
    await client.request('agent:restart', { agentId: 'runs' as AgentId, force: true });
    await until(what, SOON_MS, () => printed.length >= bytes.length);
  };
  for (let index = 0; index < count; index += 1) {
    await prints(`run ${index} has printed`, before(index, random));
    const bytes = Buffer.from(probe(index));
    await prints(`the run after ${index} has printed`, bytes);
    const event = { time: 0, code: 'o', data: bytes.toString() } as const;
    const fresh = asText(
      await screenOfCast({ width: TERMINAL.cols, height: TERMINAL.rows, timestamp: 0, events: [event] }),
    );
    const response = await fetch(`${muster.url}/api/agents/runs/recording`, {
      headers: { authorization: `Bearer ${muster.token}` },
    });
    const recorded = await screenOfCast(readCast(new Uint8Array(await response.arrayBuffer())));
    const late = new Mirror(client, 'runs', TERMINAL, null, 'screen');
    await new Promise<void>((resolve) => late.feed.on('replaying', (replaying) => replaying || resolve()));
    tally.trial(
      differs(`live, run ${index}`, asText(await live.screen()), fresh),
      differs(`late, run ${index}`, asText(await late.screen()), fresh),
      differs(`recorded, run ${index}`, asText(recorded), fresh),
    );
    late.close();
  }
  live.close();
}

/** Programs killed in every mode and in the middle of anything; another starts in the same terminal. */
export const runs: Battery = {
  id: 26,
  verdict: 'clean',
  target: 200,
  minimum: Object.keys(TERMINAL_STATES).length,
  cost: { fixed: 8, each: 0.6 },
  run,
};
