import { musterContender, streamed } from '../lib/contenders.ts';
import { type LogFile, writeLogFile } from '../lib/log-file.ts';
import type { Program } from '../lib/muster.ts';
import type { Absent, Contender, Row } from '../lib/row.ts';
import { startTtyd, ttydVersion } from '../lib/ttyd.ts';
import { withVersion } from '../lib/versions.ts';

const MEGABYTES = 100;
/** Ready, told to go, told to end: neither the start nor the end of the program is measured. */
const script = 'stty -opost -echo; printf R; read go; cat "$1"; read end';
const programOf = (log: LogFile): Program => ['sh', '-c', script, 'sh', log.path];

/** The whole way of a terminal's output. */
export const f1: Row = {
  id: 'F1',
  figures: [
    {
      key: 'rate',
      what: '100 MB through a terminal to one viewer',
      unit: 'MB/s',
      goal: { kind: 'times', least: 1, peer: 'ttyd' },
    },
  ],
  async open() {
    const log = writeLogFile(MEGABYTES);
    const muster = await musterContender(async (bench) => ({
      rate: await bench.withAgent(programOf(log), 'terminal', (via) => streamed(via, log)),
    }));
    const alone: Contender = {
      id: 'node-pty',
      name: withVersion('node-pty', 'node-pty alone,'),
      sample: async () => ({ rate: await streamed({ kind: 'pty', program: [...programOf(log)] }, log) }),
      [Symbol.asyncDispose]: () => Promise.resolve(log[Symbol.dispose]()),
    };
    return { muster, peers: [ttyd(log), alone] };
  },
};

function ttyd(log: LogFile): Contender | Absent {
  const version = ttydVersion();
  if (version === null) return { id: 'ttyd', name: 'ttyd', absent: 'not installed' };
  return {
    id: 'ttyd',
    name: `ttyd ${version}`,
    async sample() {
      const { program, port } = await startTtyd(version, programOf(log));
      await using server = program;
      void server;
      return { rate: await streamed({ kind: 'ttyd', url: `ws://127.0.0.1:${port}` }, log) };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
