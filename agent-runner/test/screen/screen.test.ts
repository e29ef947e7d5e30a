import { encodeEvent, type Snapshot, snapshotOf, type TerminalSize } from '@muster/protocol';
import { expect, test, vi } from 'vitest';
import { type PackedSnapshot, Screen } from '../../src/screen/screen.ts';
import { QUIET_MS } from '../../src/screen/snapshot-schedule.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import type { SpoolLimits } from '../../src/spool/spool.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { bytesOf, epochOf, headerOf, output } from '../support/frames.ts';
import { difference, Viewer } from '../support/same-screen.ts';
import { viewerOf } from '../support/snapshots.ts';
import { unpacked } from '../support/unpacked.ts';

const SIZE = { cols: 40, rows: 6 };
const EPOCH = epochOf(1);
const MIB = 1024 * 1024;

/** A stream that is written by hand, and the screen that follows it on a clock that is moved by hand. */
class Rig {
  now = 1_000_000;
  slices = 0;
  readonly taken: PackedSnapshot[] = [];
  readonly warnings: string[] = [];
  readonly answers: string[] = [];
  readonly screen: Screen;
  readonly volume: MemoryVolume;
  readonly spool: SpoolLog;
  epoch = EPOCH;
  next = 1;
  #ring: () => void = () => {};
  #at: number | null = null;

  constructor(limits?: SpoolLimits, volume = new MemoryVolume()) {
    this.volume = volume;
    this.spool = new SpoolLog(volume, 'boot', limits);
    const newest = this.spool.epochs().at(-1);
    if (newest === undefined) this.spool.startEpoch(EPOCH);
    else this.next = newest.last + 1;
    this.screen = new Screen({
      spool: this.spool,
      size: SIZE,
      head: () => ({ epoch: this.epoch, sequence: this.next - 1 }),
      now: () => this.now,
      alarm: (ring) => {
        this.#ring = ring;
        return {
          set: (at) => {
            this.#at = at;
          },
        };
      },
      onSnapshot: (snapshot) => this.taken.push(snapshot),
      answer: (text) => this.answers.push(text),
      warn: (_, what) => this.warnings.push(what),
    });
  }

  print(...texts: string[]): void {
    this.spool.append(output(this.epoch, this.next, ...texts));
    this.next += texts.length;
    this.screen.outputWritten(texts.join('').length);
  }

  resize({ cols, rows }: TerminalSize): void {
    this.spool.append(encodeEvent(this.epoch, this.next, { type: 'program:resized', cols, rows }, 1));
    this.next += 1;
  }

  /** Rings whatever is set until `ms` later; waits for what is loaded or compressed. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await new Promise(setImmediate);
      if (this.#at === null || this.#at > until) break;
      this.now = Math.max(this.now, this.#at);
      this.#at = null;
      this.slices += 1;
      this.#ring();
    }
    this.now = until;
  }

  /** The n-th snapshot, when there is one. */
  async snapshot(nth: number): Promise<Snapshot> {
    const { bytes } = await vi.waitFor(
      async () => {
        await this.pass(1);
        const packed = this.taken[nth];
        if (packed === undefined) throw new Error('no snapshot yet');
        return packed;
      },
      { timeout: 30_000, interval: 1 },
    );
    const [batch = bytes] = unpacked(bytes);
    const snapshot = snapshotOf(batch, headerOf(batch));
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    return snapshot.value;
  }

  async settled(): Promise<void> {
    this.screen.snapshotRequested();
    await this.snapshot(this.taken.length);
  }
}

const same = (snapshot: Snapshot, size: TerminalSize, text: string) => {
  const saw = new Viewer(size);
  saw.write(bytesOf(text));
  return difference(saw.core, viewerOf(snapshot).core);
};

test('[S14] a snapshot that was asked for stands after the newest frame', async () => {
  const rig = new Rig();
  rig.print('one\r\n', '\x1b[31mtwo');
  rig.screen.snapshotRequested();
  const snapshot = await rig.snapshot(0);
  expect(snapshot).toMatchObject({ epoch: EPOCH, sequence: 2, ...SIZE });
  expect(same(snapshot, SIZE, 'one\r\n\x1b[31mtwo')).toBeNull();
});

test('[S14] 10 s after output stopped there is one, and no other until more comes', async () => {
  const rig = new Rig();
  rig.print('hello');
  await rig.pass(QUIET_MS - 1_000);
  expect(rig.taken).toHaveLength(0);
  await rig.pass(2_000);
  await rig.snapshot(0);
  await rig.pass(10 * QUIET_MS);
  expect(rig.taken).toHaveLength(1);
  rig.print(' again');
  await rig.pass(2 * QUIET_MS);
  expect(same(await rig.snapshot(1), SIZE, 'hello again')).toBeNull();
});

test('[S14] a program’s end is pictured at its last byte', async () => {
  const rig = new Rig();
  rig.print('working…');
  await rig.settled();
  rig.print(' done');
  rig.screen.programExited();
  rig.now += 5_000;
  expect(same(await rig.snapshot(1), SIZE, 'working… done')).toBeNull();
});

test('[S14] what was cut off in a sequence is pending', async () => {
  const rig = new Rig();
  rig.print('a\x1b[3');
  await rig.settled();
  const snapshot = await rig.snapshot(0);
  expect(Buffer.from(snapshot.pending).toString()).toBe('\x1b[3');
  rig.print('1mb');
  await rig.settled();
  expect(same(await rig.snapshot(1), SIZE, 'a\x1b[31mb')).toBeNull();
});

test('[S14] a resize takes effect in its place', async () => {
  const rig = new Rig();
  rig.print('x'.repeat(40));
  rig.resize({ cols: 20, rows: 4 });
  rig.print('y'.repeat(30));
  await rig.settled();
  const snapshot = await rig.snapshot(0);
  const saw = new Viewer(SIZE);
  saw.write(bytesOf('x'.repeat(40)));
  saw.terminal.resize(20, 4);
  saw.write(bytesOf('y'.repeat(30)));
  expect(snapshot).toMatchObject({ cols: 20, rows: 4 });
  expect(difference(saw.core, viewerOf(snapshot).core)).toBeNull();
});

test('[S14] it parses a flood in slices, while others have the processor', async () => {
  const rig = new Rig();
  const line = `${'\x1b[32mword\x1b[0m '.repeat(60)}\r\n`;
  for (let sent = 0; sent < 4 * MIB; sent += 100 * line.length) rig.print(line.repeat(100));
  await rig.settled();
  expect(rig.slices).toBeGreaterThan(20);
  expect((await rig.snapshot(0)).sequence).toBe(rig.next - 1);
});

test('[S10] where the spool has dropped what it did not come to, a line says so and it goes on', async () => {
  const rig = new Rig({ bytes: 4_000, eventBytes: 4_000, segmentBytes: 1_000, reserveBytes: 0 });
  rig.print('first\r\n');
  await rig.settled();
  for (let line = 0; line < 60; line += 1) rig.print(`${line} ${'x'.repeat(190)}\r\n`);
  await rig.settled();
  const snapshot = await rig.snapshot(1);
  const { terminal } = viewerOf(snapshot);
  const lines = Array.from({ length: terminal.buffer.active.length }, (_, index) =>
    terminal.buffer.active.getLine(index)?.translateToString(true),
  );
  expect(lines[0]).toBe('first');
  expect(lines.join('\n')).toMatch(/┄┄ [\d.]+ KiB lost here ┄┄/);
  expect(lines.at(-1)).toBe('');
  expect(snapshot.sequence).toBe(rig.next - 1);
});

test('[S14] a keeper that starts on what another left reads it again', async () => {
  const first = new Rig();
  first.print('before\r\n');
  const second = new Rig(undefined, first.volume);
  second.screen.snapshotRequested();
  expect(same(await second.snapshot(0), SIZE, 'before\r\n')).toBeNull();
  second.print('after');
  await second.settled();
  expect(same(await second.snapshot(1), SIZE, 'before\r\nafter')).toBeNull();
});

test('[S14] the oldest scrollback is cut until a snapshot is at most 1 MiB', async () => {
  const rig = new Rig();
  const cell = (index: number) => `\x1b[38;2;${index % 256};${(index * 7) % 256};9m${index % 10}`;
  const line = Array.from({ length: 39 }, (_, index) => cell(index)).join('');
  for (let index = 0; index < 3_000; index += 1) rig.print(`${line}\r\n`);
  rig.print('the end');
  await rig.settled();
  const snapshot = await rig.snapshot(0);
  expect(snapshot.data.length + snapshot.modes.length).toBeLessThan(MIB);
  const viewer = viewerOf(snapshot);
  expect(viewer.terminal.buffer.active.length).toBeGreaterThan(1_000);
  expect(viewer.terminal.buffer.active.length).toBeLessThan(3_000);
  const saw = new Viewer(SIZE);
  for (let index = 0; index < 20; index += 1) saw.write(bytesOf(`${line}\r\n`));
  saw.write(bytesOf('the end'));
  const screenOf = ({ terminal: { buffer } }: Viewer) =>
    Array.from({ length: SIZE.rows }, (_, row) =>
      buffer.active.getLine(buffer.active.baseY + row)?.translateToString(),
    );
  expect(screenOf(viewer)).toEqual(screenOf(saw));
});

test('[S14] a screen that does not fit has no snapshot, and a warning is logged', async () => {
  const rig = new Rig();
  rig.resize({ cols: 1_000, rows: 300 });
  const line = Array.from({ length: 1_000 }, (_, index) => `\x1b[38;2;${index % 256};1;9mx`).join('');
  for (let row = 0; row < 300; row += 1) rig.print(line.slice(0, 9_000), line.slice(9_000));
  rig.screen.snapshotRequested();
  await vi.waitFor(
    async () => {
      await rig.pass(1);
      expect(rig.warnings).toEqual(['the terminal is too large for a snapshot']);
    },
    { timeout: 30_000, interval: 1 },
  );
  expect(rig.taken).toHaveLength(0);
});
