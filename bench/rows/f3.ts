import { join } from 'node:path';
import type { Route } from '../connections/route.ts';
import {
  musterContender,
  type RelayKind,
  relayContender,
  SAMPLE_MS,
  throughRelay,
  ttydContender,
} from '../lib/contenders.ts';
import { atMost, type Latency, LatencySchema } from '../lib/latency.ts';
import type { Program } from '../lib/muster.ts';
import { runScript } from '../lib/processes.ts';
import type { Contender, Row, Sample } from '../lib/row.ts';

const KEYS = 300;
const chatter = join(import.meta.dirname, '..', 'programs', 'chatter.ts');
const alone: Program = ['sh', '-c', 'stty raw -echo; printf R; exec cat'];
const busy: Program = [
  'sh',
  '-c',
  'stty raw -echo; printf R; "$1" "$2" & exec cat',
  'sh',
  process.execPath,
  chatter,
];

/** A key's way to the program and its echo's way back. */
export const f3: Row = {
  id: 'F3',
  figures: [
    atMost('p50', 'key to echo, p50', 1),
    atMost('p99', 'key to echo, p99', 5),
    atMost('busy p50', 'key to echo beside 100 kB/s, p50', 1),
    atMost('busy p99', 'key to echo beside 100 kB/s, p99', 5),
  ],
  async open() {
    const muster = await musterContender((bench) =>
      both((program) => bench.withAgent(program, 'terminal', typed)),
    );
    const ttyd = ttydContender((run) => both((program) => run(program, typed)));
    return { muster, peers: [ttyd, await relay('object'), await relay('ws'), await relay('socket.io')] };
  },
};

const typed = (via: Route) => runScript('viewer/keys.ts', { via, keys: KEYS }, LatencySchema, SAMPLE_MS);

async function both(measure: (program: Program) => Promise<Latency>): Promise<Sample> {
  const quiet = await measure(alone);
  const loud = await measure(busy);
  return { ...quiet, 'busy p50': loud.p50, 'busy p99': loud.p99 };
}

function relay(kind: RelayKind): Promise<Contender> {
  return relayContender(kind, (url) =>
    both((program) => throughRelay(kind, url, { kind: 'program', program }, typed)),
  );
}
