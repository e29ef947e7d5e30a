import { signal } from '../../../worker/local/processes.ts';
import { createAgent } from '../../harness/agents.ts';
import { Printer } from '../../harness/oracle.ts';
import { inMs, MB } from '../../harness/report.ts';
import { until, within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const BYTES = 50 * MB;
const VIEWERS = 5;
/** The program prints the piece of one kill in this, s: about what a start takes. */
const PIECE_S = 3;
const BACK_MS = 60_000;

/** The whole server, or only the runtime, which what started it starts again. */
async function kill({ muster }: TestBed, whole: boolean): Promise<void> {
  if (whole) {
    await muster.sigkill();
    await muster.start();
    return;
  }
  // The recorded runtime may lag a moment behind the real one.
  await until('a runtime runs', BACK_MS, () =>
    muster.running.servers.some((server) => signal(server, 'SIGKILL')),
  );
}

async function run({ count, random, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const { client, muster } = stage;
  const piece = Math.floor(BYTES / count);
  const bytes = piece * count;
  const printer = new Printer(muster, bytes, { rate: piece / PIECE_S, piece });
  await createAgent(client, muster, { agentId: 'printer', program: printer.program, terminal: TERMINAL });
  const piped = new Printer(muster, bytes, { rate: piece / PIECE_S });
  await createAgent(client, muster, { agentId: 'piped', program: piped.program });
  await using beside = new Watch(muster, 'piped');
  await using viewers = new AsyncDisposableStack();
  const watches = Array.from({ length: VIEWERS }, () => viewers.use(new Watch(muster, 'printer', { piece })));
  let longest = 0;
  for (let at = 0; at < count; at += 1) {
    const place = Math.floor((at + random() * 0.9) * piece);
    await within(
      `every viewer has come to kill ${at + 1}`,
      BACK_MS,
      Promise.all(watches.map((watch) => watch.reaches(place))),
    );
    const before = await watches[0]?.reaches(0);
    const killed = performance.now();
    await kill(stage, random() < 0.5);
    const flows = Math.min(bytes, (before?.bytes ?? 0) + 1);
    await within(
      `it flows again after kill ${at + 1}`,
      BACK_MS,
      Promise.all(watches.map((watch) => watch.reaches(flows))),
    );
    longest = Math.max(longest, performance.now() - killed);
  }
  const printed = await printer.printed(BACK_MS);
  const seen = await within(
    'every viewer has it all',
    BACK_MS,
    Promise.all(watches.map((watch) => watch.ended())),
  );
  for (let at = 0; at < count; at += 1) {
    tally.trial(
      ...seen.map(({ pieces }, viewer) =>
        differs(`piece ${at + 1} at viewer ${viewer + 1}`, pieces[at], printed.pieces[at]),
      ),
    );
  }
  for (const { bytes, sha256, gaps } of seen) {
    tally.expect(
      gaps === 0 && bytes === printed.bytes && sha256 === printed.sha256,
      `${bytes} bytes, ${gaps} gaps`,
    );
  }
  const printedThrough = await piped.printed(BACK_MS);
  const whole = await within('the pipe is at its end', BACK_MS, beside.ended());
  tally.expect(
    whole.sha256 === printedThrough.sha256 && whole.gaps === 0,
    `through a pipe: ${whole.bytes} bytes, ${whole.gaps} gaps`,
  );
  tally.note(
    `${VIEWERS} viewers, a kill each ${(piece / MB).toFixed(1)} MB of 50 MB through a terminal, and of as much through a pipe, back within ${inMs(longest)}`,
  );
}

/** The server is killed in the middle of a stream, again and again. */
export const serverKilled: Battery = {
  id: 1,
  verdict: 'equal',
  target: 100,
  minimum: 4,
  cost: { fixed: 14, each: 5 },
  run,
};
