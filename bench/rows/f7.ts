import * as z from 'zod';
import type { Route } from '../connections/route.ts';
import { musterContender, relayContender, SAMPLE_MS, throughRelay } from '../lib/contenders.ts';
import type { Load } from '../lib/load.ts';
import { runScript } from '../lib/processes.ts';
import type { Figure, Row, Sample } from '../lib/row.ts';
import { withVersion } from '../lib/versions.ts';

const TIMES = 5;
const MANY: Load = { messages: 1_000, bytes: 200 };
/** 8 MiB. */
const MUCH: Load = { messages: 1_024, bytes: 8_192 };
const BackSchema = z.object({ ms: z.number() });

const figure = (key: string, what: string, value: number): Figure => ({
  key,
  what,
  unit: 'ms',
  goals: [
    { kind: 'most', value },
    { kind: 'most', value: 1, peer: 'socket.io' },
  ],
});

/** A viewer that was away: from its dialling to the last byte it had missed. */
export const f7: Row = {
  id: 'F7',
  figures: [
    figure('many', 'back after 1,000 missed messages of 200 bytes', 50),
    figure('much', 'back after 8 MiB missed', 300),
  ],
  async open() {
    const muster = await musterContender((bench) => both((load, use) => bench.withStandIn(load, use)));
    const socketIo = await relayContender('socket.io', (url) =>
      both((load, use) => throughRelay('socket.io', url, { kind: 'load', load }, use)),
    );
    const object = await relayContender('object', async (url) => ({
      many: (await runScript('viewer/pour.ts', { url, load: MANY, times: TIMES }, BackSchema, SAMPLE_MS)).ms,
      much: (await runScript('viewer/pour.ts', { url, load: MUCH, times: TIMES }, BackSchema, SAMPLE_MS)).ms,
    }));
    const limit = {
      ...object,
      id: 'limit',
      name: withVersion('miniflare', 'the same bytes from a bare Durable Object, miniflare'),
    };
    return { muster, peers: [socketIo, limit] };
  },
};

type Under = <T>(load: Load, use: (via: Route) => Promise<T>) => Promise<T>;

async function both(under: Under): Promise<Sample> {
  const back = (load: Load) =>
    under(load, (via) => runScript('viewer/return.ts', { via, load, times: TIMES }, BackSchema, SAMPLE_MS));
  const many = await back(MANY);
  const much = await back(MUCH);
  return { many: many.ms, much: much.ms };
}
