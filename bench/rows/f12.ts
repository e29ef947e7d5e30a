import { Muster } from '../../test/harness/muster.ts';
import { MUSTER } from '../lib/muster.ts';
import { fillHistory } from '../lib/past.ts';
import type { Row } from '../lib/row.ts';
import { median } from '../lib/statistics.ts';

const ROWS = 1_000_000;
const TIMES = 9;
const MONTH = 29 * 24 * 3_600_000;

/** First pages, from the plainest to those that find little or nothing. */
const questions = (now: number): readonly string[] => [
  'commands?limit=50',
  'commands?agent=agent-7',
  'commands?agent=agent-7&status=failed&member=member-3',
  'commands?exit=137',
  'commands?exit=137&status=completed',
  `commands?status=failed&since=${now - MONTH}&until=${now - MONTH / 2}`,
  'commands?text=npm',
  'commands?text=npm+docker+deploy&agent=agent-7&status=failed&exit=1',
  'commands?text=npm&exit=137&member=member-3',
  `commands?text=file777&until=${now - MONTH / 2}`,
  'commands?text=nothing+of+the+kind',
  'search?text=error+stream',
  'search?text=queue&agent=agent-7&status=failed&in=output',
  'search?text=file4242',
  // Parts of words in scripts without spaces: common, rare, of one character, of none together, with words and filters.
  'commands?text=错误',
  'commands?text=错',
  'commands?text=错误&exit=137&member=member-3',
  'commands?text=误构&agent=agent-7',
  'commands?text=发生しま',
  'search?text=错误',
  'search?text=docker+错误+연결',
  'search?text=npm+ข้อผิด&agent=agent-7&status=failed&in=output',
  'search?text=一&status=completed',
];

async function answered(muster: Muster, question: string): Promise<number> {
  const began = performance.now();
  const headers = { authorization: `Bearer ${muster.token}` };
  const response = await fetch(new URL(`/api/history/${question}`, muster.url), { headers });
  await response.json();
  if (!response.ok) throw new Error(`${question}: ${response.status}`);
  return performance.now() - began;
}

/** The slowest question's usual time, ms. */
async function slowest(muster: Muster): Promise<number> {
  let most = 0;
  for (const question of questions(Date.now())) {
    const times: number[] = [];
    for (let time = 0; time < TIMES; time += 1) times.push(await answered(muster, question));
    most = Math.max(most, median(times));
  }
  return most;
}

/** A past of a million commands, asked over REST. */
export const f12: Row = {
  id: 'F12',
  once: true,
  figures: [
    {
      key: 'ms',
      what: `first page of history over ${ROWS.toLocaleString('en')} commands, the slowest of ${questions(0).length} questions with filters and text`,
      unit: 'ms',
      goals: [{ kind: 'most', value: 50 }],
    },
  ],
  async open() {
    const muster = new Muster({ runner: false });
    await muster.start();
    await muster.stop();
    fillHistory(muster.data, muster.ready.team, ROWS);
    await muster.start();
    return {
      muster: {
        ...MUSTER,
        sample: async () => ({ ms: await slowest(muster) }),
        [Symbol.asyncDispose]: async () => {
          await muster.stop();
          await muster[Symbol.asyncDispose]();
        },
      },
      peers: [],
    };
  },
};
