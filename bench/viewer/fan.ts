import * as z from 'zod';
import { RouteSchema } from '../connections/route.ts';
import { type Watcher, watch } from '../connections/watch.ts';
import { GO, LoadSchema } from '../lib/load.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

const AT_ONCE = 20;

/** Many viewers of one load; the clock runs from the word to the last viewer's last message. */
const { via, viewers, load } = scriptOptions(
  z.object({ via: RouteSchema, viewers: z.number(), load: LoadSchema }),
);
const watchers: Watcher[] = [];
let left = viewers * load.messages * load.bytes;
let began = 0;

function count(bytes: number): void {
  left -= bytes;
  if (left > 0) return;
  const seconds = (performance.now() - began) / 1_000;
  const deliveries = viewers * load.messages;
  printResult({ deliveries: deliveries / seconds, rate: (deliveries * load.bytes) / 1e6 / seconds });
  process.exit(0);
}

while (watchers.length < viewers) {
  const coming = Math.min(AT_ONCE, viewers - watchers.length);
  watchers.push(...(await Promise.all(Array.from({ length: coming }, () => watch(via, count)))));
}
began = performance.now();
watchers[0]?.send(GO);
