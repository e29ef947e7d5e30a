import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { openConnection } from '../connections/open.ts';
import { RouteSchema } from '../connections/route.ts';
import { latencyOf } from '../lib/latency.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

const KEY = 'K';
const KEY_BYTE = KEY.charCodeAt(0);
/** 30 keys a second, ms, and how far from evenly: other output must not fall into step with them. */
const EVERY_MS = 1000 / 30;
const JITTER_MS = 20;
/** For the server to come to rest after the start, ms. */
const SETTLE_MS = 500;

/** Types keys into a program that echoes them, and tells how long each took to come back. */
const { via, keys } = scriptOptions(z.object({ via: RouteSchema, keys: z.number() }));
const ready = Promise.withResolvers<void>();
const sent: number[] = [];
const took: number[] = [];

const line = openConnection(via, (data) => {
  const now = performance.now();
  ready.resolve();
  for (const byte of data) {
    const at = byte === KEY_BYTE ? sent[took.length] : undefined;
    if (at !== undefined) took.push(now - at);
  }
  if (took.length < keys) return;
  printResult(latencyOf(took));
  process.exit(0);
});

await ready.promise;
await sleep(SETTLE_MS);
for (let key = 0; key < keys; key += 1) {
  sent.push(performance.now());
  line.send(KEY);
  await sleep(EVERY_MS + (Math.random() - 0.5) * JITTER_MS);
}
