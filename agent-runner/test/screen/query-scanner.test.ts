import { encodeEvent } from '@muster/protocol';
import { expect, test } from 'vitest';
import { QueryScanner } from '../../src/screen/query-scanner.ts';
import { Screen } from '../../src/screen/screen.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { bytesOf, epochOf, output } from '../support/frames.ts';

const SIZE = { cols: 200, rows: 50 };
const EPOCH = epochOf(1);
const CPR = '\x1b[6n';

/** A keeper's half of a terminal, on the real clock; `volume` outlives it. */
class Rig {
  readonly answers: string[] = [];
  readonly screen: Screen;
  readonly #queries = new QueryScanner();
  taken = 0;
  #next: number;
  readonly #spool: SpoolLog;
  #timer: NodeJS.Timeout | undefined;

  constructor(volume = new MemoryVolume()) {
    this.#spool = new SpoolLog(volume, 'boot');
    const newest = this.#spool.epochs().at(-1);
    if (newest === undefined) this.#spool.startEpoch(EPOCH);
    this.#next = (newest?.last ?? 0) + 1;
    this.screen = new Screen({
      spool: this.#spool,
      size: SIZE,
      head: () => ({ epoch: EPOCH, sequence: this.#next - 1 }),
      now: Date.now,
      alarm: (ring) => ({
        set: (at, now) => {
          clearTimeout(this.#timer);
          if (at !== null) this.#timer = setTimeout(ring, Math.max(0, at - now));
        },
      }),
      onSnapshot: () => {
        this.taken += 1;
      },
      answer: (text) => this.answers.push(text),
      warn: () => {},
    });
  }

  print(text: string): void {
    const asks = this.#queries.mayContainQuery(bytesOf(text), Date.now());
    this.#spool.append(output(EPOCH, this.#next, text));
    this.#next += 1;
    this.screen.outputWritten(bytesOf(text).length, asks);
  }

  begins(): void {
    const run = { by: 'person', terminal: SIZE } as const;
    const event = { type: 'program:status', status: 'starting', run } as const;
    this.#spool.append(encodeEvent(EPOCH, this.#next, event, 1));
    this.#next += 1;
    this.screen.runStarted({ epoch: EPOCH, sequence: this.#next - 1 });
  }

  answered(count: number): Promise<void> {
    return expect.poll(() => this.answers.length, { timeout: 20_000, interval: 2 }).toBe(count);
  }
}

test('[P8] output that is parsed again after its keeper restarted gets no reply', async () => {
  const volume = new MemoryVolume();
  const first = new Rig(volume);
  first.begins();
  first.print(`one${CPR}`);
  await first.answered(1);
  first.screen.close();
  const second = new Rig(volume);
  second.print(`of nobody${CPR}`);
  second.begins();
  second.print(`two${CPR}`);
  await second.answered(1);
  expect([first.answers, second.answers]).toEqual([['\x1b[1;4R'], ['\x1b[1;4R']]);
  second.screen.close();
});

test('[P8] a question does not wait for a snapshot that is being written', async () => {
  const rig = new Rig();
  rig.begins();
  for (let line = 0; line < 4_000; line += 1) rig.print(`\x1b[3${line % 8}m${'x'.repeat(199)}\r\n`);
  rig.print(CPR);
  await rig.answered(1);
  rig.screen.snapshotRequested();
  // Some of it is written by then, and most is not.
  await new Promise((resolve) => setTimeout(resolve, 5));
  rig.print(CPR);
  await rig.answered(2);
  expect(rig.taken).toBe(0);
  await expect.poll(() => rig.taken, { timeout: 20_000 }).toBe(1);
  rig.screen.close();
});

test('[P8] behind a flood of lines it is answered before those could be parsed', async () => {
  const rig = new Rig();
  rig.begins();
  rig.print(CPR);
  await rig.answered(1);
  const lines = `${'\x1b[32mINFO\x1b[0m a line of a log\r\n'.repeat(350)}`;
  for (let frame = 0; frame < 3_000; frame += 1) rig.print(lines);
  const asked = performance.now();
  rig.print(`last${CPR}`);
  await rig.answered(2);
  const took = performance.now() - asked;
  expect(rig.answers[1]).toBe('\x1b[50;5R');
  const began = performance.now();
  const { Emulator } = await import('../../src/screen/emulator.ts');
  const emulator = new Emulator(SIZE);
  for (let frame = 0; frame < 300; frame += 1) emulator.feed(bytesOf(lines));
  // All of it is ten times as much.
  expect(took).toBeLessThan(8 * (performance.now() - began));
  rig.screen.close();
});
