import {
  musterContender,
  type RelayKind,
  relayContender,
  streamed,
  throughRelay,
} from '../lib/contenders.ts';
import { type LogFile, writeLogFile } from '../lib/log-file.ts';
import type { Program } from '../lib/muster.ts';
import type { Contender, Row } from '../lib/row.ts';

const MEGABYTES = 100;
const script = 'printf R; read go; cat "$1"; read end';
const programOf = (log: LogFile): Program => ['sh', '-c', script, 'sh', log.path];

/** The whole way of a pipe's output, against relays that keep nothing. */
export const f2: Row = {
  id: 'F2',
  figures: [
    {
      key: 'rate',
      what: '100 MB through a pipe to one viewer',
      unit: 'MB/s',
      goals: [{ kind: 'least', value: 0.5, peer: 'object' }],
    },
  ],
  async open() {
    const log = writeLogFile(MEGABYTES);
    const muster = await musterContender(async (bench) => ({
      rate: await bench.withAgent(programOf(log), 'pipes', (via) => streamed(via, log)),
    }));
    const ending: Contender = {
      ...muster,
      async [Symbol.asyncDispose]() {
        await muster[Symbol.asyncDispose]();
        log[Symbol.dispose]();
      },
    };
    return { muster: ending, peers: [await relay('object', log), await relay('ws', log)] };
  },
};

function relay(kind: RelayKind, log: LogFile): Promise<Contender> {
  const source = { kind: 'file', path: log.path } as const;
  return relayContender(kind, async (url) => ({
    rate: await throughRelay(kind, url, source, (via) => streamed(via, log)),
  }));
}
