import * as z from 'zod';
import type { Route } from '../connections/route.ts';
import { musterContender, type RelayKind, relayContender, SAMPLE_MS } from '../lib/contenders.ts';
import { atMost } from '../lib/latency.ts';
import { runScript } from '../lib/processes.ts';
import type { Contender, Row } from '../lib/row.ts';

/** L lets a socket say 100 a second, and a member 500, so the most is asked of many sockets of many people. */
const OPTIONS = { sockets: 1_000, askers: 400, seconds: 5 };
const SaidSchema = z.object({
  rate: z.number(),
  p50: z.number(),
  p99: z.number(),
  refused: z.number().optional(),
});

/** The answers of one room. */
export const f5: Row = {
  id: 'F5',
  figures: [
    {
      key: 'rate',
      what: 'heartbeat and agent:get_state in turn, 1,000 connected, 400 asking (relays: echo)',
      unit: 'answers/s',
      goals: [{ kind: 'least', value: 10_000 }],
    },
    atMost('p50', 'the same, 1,000 asking once a second, p50', 50),
    atMost('p99', 'the same, 1,000 asking once a second, p99', 50),
    atMost('refused', 'RATE_LIMIT said, p99', 10),
  ],
  async open() {
    const idle = { messages: 0, bytes: 0 };
    const muster = await musterContender((bench) =>
      bench.withStandIn(idle, async (via) => control(await bench.crowd(via))),
    );
    return { muster, peers: [await relay('object'), await relay('ws'), await relay('socket.io')] };
  },
};

async function control(via: Route) {
  const { refused, ...said } = await runScript(
    'viewer/control.ts',
    { via, ...OPTIONS },
    SaidSchema,
    SAMPLE_MS,
  );
  return { ...said, ...(refused === undefined ? {} : { refused }) };
}

function relay(kind: RelayKind): Promise<Contender> {
  const asked = kind === 'socket.io' ? 'socket.io' : 'ws';
  return relayContender(kind, (url) => control({ kind: asked, url }));
}
