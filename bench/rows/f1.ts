import { musterContender, streamed, ttydContender } from '../lib/contenders.ts';
import { type LogFile, writeLogFile } from '../lib/log-file.ts';
import type { Program } from '../lib/muster.ts';
import type { Contender, Row } from '../lib/row.ts';
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
      goals: [{ kind: 'least', value: 1, peer: 'ttyd' }],
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
    const ttyd = ttydContender(async (run) => ({
      rate: await run(programOf(log), (via) => streamed(via, log)),
    }));
    return { muster, peers: [ttyd, alone] };
  },
};
