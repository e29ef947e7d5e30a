import { join } from 'node:path';
import * as z from 'zod';
import { musterContender, SAMPLE_MS } from '../lib/contenders.ts';
import type { Program } from '../lib/muster.ts';
import { runScript } from '../lib/processes.ts';
import type { Row } from '../lib/row.ts';

const TIMES = 9;
const SIZE = { cols: 200, rows: 50 };
const lines = join(import.meta.dirname, '..', 'programs', 'lines.ts');
/** More than the scrollback holds, so that a replay would be the larger. */
const printer: Program = ['sh', '-c', '"$1" "$2"; read end', 'sh', process.execPath, lines];
const ScreenSchema = z.object({ ms: z.number(), kilobytes: z.number() });

/** A full terminal, as a late viewer sees it. */
export const f8: Row = {
  id: 'F8',
  figures: [
    {
      key: 'ms',
      what: 'screen of 200 × 50 with 5,000 coloured lines to a new viewer, from its dialling',
      unit: 'ms',
      goals: [{ kind: 'most', value: 150 }],
    },
    {
      key: 'kilobytes',
      what: 'the same, bytes on the wire',
      unit: 'kB',
      goals: [{ kind: 'most', value: 150 }],
    },
  ],
  async open() {
    const muster = await musterContender((bench) =>
      bench.withAgent(printer, SIZE, (via) =>
        runScript('viewer/screen.ts', { via, times: TIMES }, ScreenSchema, SAMPLE_MS),
      ),
    );
    return { muster, peers: [] };
  },
};
