import * as z from 'zod';
import type { Route } from '../connections/route.ts';
import {
  musterContender,
  type RelayKind,
  relayContender,
  SAMPLE_MS,
  throughRelay,
} from '../lib/contenders.ts';
import type { Load } from '../lib/load.ts';
import type { Program } from '../lib/muster.ts';
import { runScript } from '../lib/processes.ts';
import type { Contender, Row } from '../lib/row.ts';

const VIEWERS = 100;
const SMALL: Load = { messages: 5_000, bytes: 200 };
const LARGE: Load = { messages: 500, bytes: 10_000 };
/** SMALL's lines, from a program. */
const LINES: Load = { messages: 25_000, bytes: 200 };
const printer: Program = [
  'sh',
  '-c',
  `read go; yes ${'x'.repeat(LINES.bytes - 1)} | head -n ${LINES.messages}; read end`,
];
const FanSchema = z.object({ deliveries: z.number(), rate: z.number() });

/** One room's output to a hundred viewers. */
export const f4: Row = {
  id: 'F4',
  figures: [
    {
      key: 'small',
      what: '200-byte messages to 100 viewers',
      unit: 'deliveries/s',
      goals: [{ kind: 'least', value: 0.9, peer: 'object' }],
    },
    {
      key: 'large',
      what: '10 kB messages to 100 viewers',
      unit: 'MB/s',
      goals: [{ kind: 'least', value: 0.9, peer: 'object' }],
    },
    {
      key: 'lines',
      what: '200-byte lines of a program (relays: a message each) to 100 viewers',
      unit: 'MB/s',
      goals: [{ kind: 'least', value: 1, peer: 'socket.io' }],
    },
  ],
  async open() {
    const muster = await musterContender(async (bench) => ({
      small: (await bench.withStandIn(SMALL, async (via) => fan(await bench.crowd(via), SMALL))).deliveries,
      large: (await bench.withStandIn(LARGE, async (via) => fan(await bench.crowd(via), LARGE))).rate,
      lines: (await bench.withAgent(printer, 'pipes', async (via) => fan(await bench.crowd(via), LINES)))
        .rate,
    }));
    return { muster, peers: [await relay('object'), await relay('ws'), await relay('socket.io')] };
  },
};

const fan = (via: Route, load: Load) =>
  runScript('viewer/fan.ts', { via, viewers: VIEWERS, load }, FanSchema, SAMPLE_MS);

function relay(kind: RelayKind): Promise<Contender> {
  return relayContender(kind, async (url) => {
    const under = (load: Load) => throughRelay(kind, url, { kind: 'load', load }, (via) => fan(via, load));
    const small = await under(SMALL);
    const large = await under(LARGE);
    return { small: small.deliveries, large: large.rate, lines: small.rate };
  });
}
