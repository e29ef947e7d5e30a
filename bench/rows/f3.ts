import { join } from 'node:path';
import { z } from 'zod';
import {
  musterContender,
  type RelayKind,
  relayContender,
  SAMPLE_MS,
  throughRelay,
} from '../lib/contenders.ts';
import type { Program } from '../lib/muster.ts';
import { runScript } from '../lib/processes.ts';
import type { Absent, Contender, Figure, Row, Sample } from '../lib/row.ts';
import { startTtyd, ttydVersion } from '../lib/ttyd.ts';
import type { Via } from '../lines/via.ts';

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
const LatencySchema = z.object({ p50: z.number(), p99: z.number() });

const figure = (key: string, what: string, most: number): Figure => ({
  key,
  what,
  unit: 'ms',
  goal: { kind: 'most', value: most },
});

/** A key's way to the program and its echo's way back. */
export const f3: Row = {
  id: 'F3',
  figures: [
    figure('p50', 'key to echo, p50', 1),
    figure('p99', 'key to echo, p99', 5),
    figure('busy p50', 'key to echo beside 100 kB/s, p50', 1),
    figure('busy p99', 'key to echo beside 100 kB/s, p99', 5),
  ],
  async open() {
    const muster = await musterContender((bench) =>
      both((program) => bench.withAgent(program, 'terminal', typed)),
    );
    return { muster, peers: [ttyd(), await relay('ws'), await relay('socket.io')] };
  },
};

type Latency = z.infer<typeof LatencySchema>;

const typed = (via: Via) => runScript('viewer/keys.ts', { via, keys: KEYS }, LatencySchema, SAMPLE_MS);

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

function ttyd(): Contender | Absent {
  const version = ttydVersion();
  if (version === null) return { id: 'ttyd', name: 'ttyd', absent: 'not installed' };
  return {
    id: 'ttyd',
    name: `ttyd ${version}`,
    sample: () =>
      both(async (program) => {
        const started = await startTtyd(version, program);
        await using server = started.program;
        void server;
        return await typed({ kind: 'ttyd', url: `ws://127.0.0.1:${started.port}` });
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
