import { describe, expect, test } from 'vitest';
import {
  ECHO_BYTES,
  type Frames,
  Pacer,
  QUIET_MS,
  type Reader,
  TURNS_PER_FRAME,
} from '../../src/lib/terminal/pacer.ts';
import { FIRST_PACE, LATE_MS } from '../../src/lib/terminal/pacing.ts';

class FakeFrames implements Frames {
  hidden = false;
  time = 1_000;
  #runs: ((time: number) => void)[] = [];
  request(run: (time: number) => void): void {
    this.#runs.push(run);
  }
  now(): number {
    return this.time;
  }
  /** Lets one frame pass; false when nobody asked for one. */
  next(interval = 16): boolean {
    this.time += interval;
    const runs = this.#runs.splice(0);
    for (const run of runs) run(this.time);
    return runs.length > 0;
  }
}

class FakeReader implements Reader {
  waiting = 0;
  parsed = 0;
  turns = 0;
  get ready(): boolean {
    return this.waiting > 0;
  }
  pump(max: number): number {
    const size = Math.min(max, this.waiting);
    this.waiting -= size;
    this.parsed += size;
    this.turns += 1;
    return size;
  }
}

function setUp(count: number) {
  const frames = new FakeFrames();
  const pacer = new Pacer(frames);
  const readers = Array.from({ length: count }, () => new FakeReader());
  for (const reader of readers) pacer.add(reader);
  const give = (reader: FakeReader | undefined, bytes: number) => {
    if (reader === undefined) return;
    reader.waiting += bytes;
    pacer.wake(reader);
  };
  return { frames, pacer, readers, give };
}

describe('[F13] the frame loop of all terminals', () => {
  test('lets an echo through at once', () => {
    const { readers, give } = setUp(1);
    give(readers[0], 5);
    expect(readers[0]?.parsed).toBe(5);
  });

  test('makes what follows in the same moment wait for the frame, and be drawn together', () => {
    const { frames, readers, give } = setUp(1);
    for (let count = 0; count < 10; count += 1) give(readers[0], 5);
    expect(readers[0]?.parsed).toBe(5);
    frames.next();
    expect(readers[0]).toMatchObject({ parsed: 50, turns: 2 });
    frames.next(QUIET_MS + 1);
    give(readers[0], 5);
    expect(readers[0]?.parsed).toBe(55);
  });

  test('draws no more than a few terminals in one frame, and all in turn', () => {
    const { frames, readers, give } = setUp(6);
    for (const reader of readers) give(reader, 10 * ECHO_BYTES);
    for (let frame = 1; frame <= 3; frame += 1) {
      frames.next();
      expect(readers.filter((reader) => reader.turns > 0)).toHaveLength(frame * TURNS_PER_FRAME);
    }
    expect(readers.every((reader) => reader.waiting === 0)).toBe(true);
  });

  test("never hands out more than a frame's allowance", () => {
    const { frames, readers, give } = setUp(3);
    for (const reader of readers) give(reader, 1e6);
    frames.next();
    expect(readers.reduce((sum, reader) => sum + reader.parsed, 0)).toBeLessThanOrEqual(FIRST_PACE.allowance);
  });

  test('leaves frames out after late ones', () => {
    const { frames, readers, give } = setUp(1);
    give(readers[0], 1e7);
    frames.next();
    frames.next(LATE_MS + 1);
    expect(readers[0]?.turns).toBe(1);
    frames.next();
    expect(readers[0]?.turns).toBe(2);
  });

  test('asks for no frame when there is nothing to show', () => {
    const { frames, readers, give } = setUp(1);
    give(readers[0], 10 * ECHO_BYTES);
    expect(frames.next()).toBe(true);
    expect(frames.next()).toBe(true);
    expect(frames.next()).toBe(false);
  });

  test('consumes everything at once while the page is hidden', () => {
    const { frames, pacer, readers, give } = setUp(2);
    give(readers[0], 1e7);
    frames.hidden = true;
    pacer.visibilityChanged();
    give(readers[1], 1e7);
    expect(readers.map((reader) => reader.waiting)).toEqual([0, 0]);
  });
});
