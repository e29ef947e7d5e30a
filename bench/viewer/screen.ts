import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@muster/client';
import * as z from 'zod';
import { dial } from '../../test/harness/viewer.ts';
import { RouteSchema } from '../connections/route.ts';
import { printResult, scriptOptions } from '../lib/script.ts';
import { median } from '../lib/statistics.ts';

/** New viewers of a terminal, one after the other: from the dialling to the whole screen, and the bytes of that. */
const { via, times } = scriptOptions(z.object({ via: RouteSchema, times: z.number() }));
if (via.kind !== 'muster') throw new Error('only Muster has screens');
const { url, team, token, agentId } = via;
const AGAIN_MS = 1_000;

interface Seen {
  readonly ms: number;
  readonly bytes: number;
}

/** Null: what came was a replay, since there is no snapshot yet. */
async function look(): Promise<Seen | null> {
  const began = performance.now();
  let bytes = 0;
  let hasSnapshot = false;
  const client = createClient({
    url,
    team,
    token: () => Promise.resolve(token),
    webSocket: (address, protocols) => {
      const socket = dial(address, protocols);
      socket.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') bytes += data.byteLength;
      });
      return socket;
    },
  });
  const feed = client.open(agentId, { history: 'screen' });
  feed.on('snapshot', () => {
    hasSnapshot = true;
  });
  await new Promise<void>((resolve) => feed.on('replaying', (replaying) => !replaying && resolve()));
  const ms = performance.now() - began;
  client.close();
  return hasSnapshot ? { ms, bytes } : null;
}

// S14: a snapshot is made 10 s after output stops, in the keeper's own time.
while ((await look()) === null) await sleep(AGAIN_MS);
const seen: Seen[] = [];
while (seen.length < times) {
  const one = await look();
  if (one === null) throw new Error('a replay came after a snapshot');
  seen.push(one);
}
printResult({
  ms: median(seen.map(({ ms }) => ms)),
  kilobytes: median(seen.map(({ bytes }) => bytes)) / 1_000,
});
process.exit(0);
