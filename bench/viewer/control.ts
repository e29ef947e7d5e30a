import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Asking, getState, heartbeat, openAsking } from '../connections/asking.ts';
import { RouteSchema } from '../connections/route.ts';
import { latencyOf } from '../lib/latency.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/**
 * Control messages from many sockets: first some of them ask again as soon as they are answered, a heartbeat
 * and a `get_state` in turn; then all of them, each once a second.
 */
const { via, sockets, askers, seconds } = scriptOptions(
  z.object({
    via: RouteSchema,
    sockets: z.number(),
    askers: z.number(),
    seconds: z.number(),
  }),
);
const AT_ONCE = 20;
/** L: what a socket may say at once; it is closed at the tenth refusal in a row. */
const BURST = 200;
const REFUSALS = 8;
const REFUSED_SOCKETS = 25;
const state = getState(via);

const all: Asking[] = [];
while (all.length < sockets) {
  all.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => openAsking(via)))));
}

async function askUntil(end: number, socket: Asking): Promise<number> {
  let answers = 0;
  for (; performance.now() < end; answers += 1)
    await socket.ask(answers % 2 === 0 ? heartbeat(answers) : state);
  return answers;
}

async function askEverySecond(socket: Asking, index: number): Promise<number[]> {
  const took: number[] = [];
  await sleep((index / sockets) * 1_000);
  for (let second = 0; second < seconds; second += 1) {
    const began = performance.now();
    await socket.ask(second % 2 === 0 ? heartbeat(second) : state);
    took.push(performance.now() - began);
    await sleep(1_000);
  }
  return took;
}

/** L: a socket that says more than its burst is refused; how long the word of that takes. */
async function refusals(): Promise<number[]> {
  const took: number[] = [];
  for (const socket of all.slice(0, REFUSED_SOCKETS)) {
    await Promise.all(Array.from({ length: BURST }, (_, sequence) => socket.ask(heartbeat(sequence))));
    for (let refused = 0; refused < REFUSALS; ) {
      const began = performance.now();
      if (!(await socket.ask(state)).includes('"RATE_LIMIT"')) continue;
      took.push(performance.now() - began);
      refused += 1;
    }
  }
  return took;
}

const end = performance.now() + seconds * 1_000;
const answers = await Promise.all(all.slice(0, askers).map((socket) => askUntil(end, socket)));
const rate = answers.reduce((sum, count) => sum + count, 0) / seconds;
const { p50, p99 } = latencyOf((await Promise.all(all.map(askEverySecond))).flat());
printResult({
  rate,
  p50,
  p99,
  ...(via.kind === 'muster' ? { refused: latencyOf(await refusals()).p99 } : {}),
});
process.exit(0);
