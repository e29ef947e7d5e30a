import type { Endpoint } from '../connections/endpoint.ts';
import { musterContender, type RelayKind, relayContender, SAMPLE_MS } from '../lib/contenders.ts';
import { atMost, LatencySchema } from '../lib/latency.ts';
import { runScript, startServer } from '../lib/processes.ts';
import type { Contender, Row, Sample } from '../lib/row.ts';

const TIMES = 200;
const CONNECTED = 1_000;

/** How long it takes a viewer to be in. */
export const f6: Row = {
  id: 'F6',
  figures: [
    atMost('p50', 'connect to connection:ack, p50', 10),
    atMost('p99', 'connect to connection:ack, p99', 100),
    atMost('full p50', 'the same with 1,000 connected, p50', 10),
    atMost('full p99', 'the same with 1,000 connected, p99', 100),
  ],
  async open() {
    const muster = await musterContender(async (bench) => {
      const { url, ready, token } = bench.muster;
      const door = new URL(`/ws/dashboard?team=${ready.team}`, url.replace('http', 'ws'));
      return both({ kind: 'muster', url: door.href, token, tokens: await bench.members() });
    });
    return { muster, peers: [await relay('ws'), await relay('socket.io')] };
  },
};

function relay(kind: Exclude<RelayKind, 'object'>): Promise<Contender> {
  return relayContender(kind, (url) => both({ kind, url }));
}

async function both(door: Endpoint): Promise<Sample> {
  const connect = () => runScript('viewer/connect.ts', { door, times: TIMES }, LatencySchema, SAMPLE_MS);
  const empty = await connect();
  const { program } = await startServer('viewer/hold.ts', { door, viewers: CONNECTED });
  await using held = program;
  void held;
  const full = await connect();
  return { ...empty, 'full p50': full.p50, 'full p99': full.p99 };
}
