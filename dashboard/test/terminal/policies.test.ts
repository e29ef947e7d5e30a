import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { BASE_FONT, clampSize, MIN_FONT, sameSize, scaledFont } from '../../src/lib/terminal/fit.ts';
import { columnsFor, neighbour, parseTiles } from '../../src/lib/terminal/grid.ts';
import { QUICK_KEYS, withControl } from '../../src/lib/terminal/keys.ts';
import { gapLine, skippedLine } from '../../src/lib/terminal/markers.ts';
import { isTyping, mayReply } from '../../src/lib/terminal/replies.ts';

describe('[X6] what a terminal answers by itself', () => {
  test('is sent by the page that drives, and not while history is replayed', () => {
    const now = { replaying: false, driving: true };
    for (const keeperAnswers of [true, undefined]) {
      expect(mayReply('\x1b[?1;2c', { ...now, keeperAnswers })).toBe(false);
      // State that only the page knows.
      expect(mayReply('\x1b[I', { ...now, keeperAnswers })).toBe(true);
      expect(mayReply('\x1b[<35;4;5M', { ...now, keeperAnswers })).toBe(true);
    }
    // A keeper of 0.1.0.
    expect(mayReply('\x1b[?1;2c', { ...now, keeperAnswers: false })).toBe(true);
    expect(mayReply('\x1b[I', { replaying: true, driving: true, keeperAnswers: true })).toBe(false);
    expect(mayReply('\x1b[?1;2c', { replaying: true, driving: true, keeperAnswers: false })).toBe(false);
    expect(mayReply('\x1b[?1;2c', { replaying: false, driving: false, keeperAnswers: false })).toBe(false);
  });
  test('a focus, a pointer that moves and a button let go are no typing', () => {
    const reports = ['\x1b[I', '\x1b[O', '\x1b[<35;1;1M', '\x1b[<0;1;1m', '\x1b[MC!!', '\x1b[M#!!'];
    expect([...reports, Uint8Array.of(1)].map(isTyping)).toEqual(Array(7).fill(false));
  });
  test('keys, pastes, pressed buttons and the wheel are', () => {
    const keys = [
      'a',
      '\x1b',
      '\x1b[A',
      '\x1b[1;2R',
      'paste\n',
      '\x1b[<0;1;1M',
      '\x1b[<64;1;1M',
      '\x1b[M !!',
    ];
    expect(keys.map(isTyping)).toEqual(Array(8).fill(true));
  });
});

describe('sizes', () => {
  test('a program always shows whole, at the largest font that allows it, unless that could not be read', () => {
    const size = fc.record({
      cols: fc.integer({ min: 1, max: 1000 }),
      rows: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(size, size, (program, capacity) => {
        const font = scaledFont(program, capacity);
        expect(font).toBeLessThanOrEqual(BASE_FONT);
        expect(font).toBeGreaterThanOrEqual(MIN_FONT);
        if (font === MIN_FONT) return;
        const ratio = BASE_FONT / font;
        expect(program.cols).toBeLessThanOrEqual(capacity.cols * ratio + 1e-9);
        expect(program.rows).toBeLessThanOrEqual(capacity.rows * ratio + 1e-9);
      }),
    );
  });
  test('a program is never given less than it can work in, nor more than the protocol allows', () => {
    expect(clampSize(3, 2)).toEqual({ cols: 20, rows: 5 });
    expect(clampSize(5_000, 99.9)).toEqual({ cols: 1000, rows: 99 });
    expect(sameSize({ cols: 1, rows: 2 }, { cols: 1, rows: 2 })).toBe(true);
    expect(sameSize(null, { cols: 1, rows: 2 })).toBe(false);
  });
});

describe('the wall', () => {
  test('has as many columns as are useful and fit', () => {
    const wide = [1, 2, 3, 4, 5, 6, 9].map((count) => columnsFor(count, 1_440, 380));
    expect(wide).toEqual([1, 2, 2, 2, 3, 3, 3]);
    expect(columnsFor(6, 390, 380)).toBe(1);
    expect(columnsFor(6, 0, 380)).toBe(1);
  });
  test('moves to the tile beside, and stays at an edge', () => {
    expect(neighbour(0, 'right', 6, 3)).toBe(1);
    expect(neighbour(0, 'down', 6, 3)).toBe(3);
    expect(neighbour(0, 'up', 6, 3)).toBe(0);
    expect(neighbour(5, 'right', 6, 3)).toBe(5);
  });
  test('reads its agents from the address once each', () => {
    expect(parseTiles(' a,b,,a ')).toEqual(['a', 'b']);
    expect(parseTiles(null)).toEqual([]);
  });
});

describe('quick keys', () => {
  test('Ctrl makes of a character what a keyboard would', () => {
    expect(['c', 'C', '[', ' ', '?', 'é', 'ab'].map(withControl)).toEqual([
      '\x03',
      '\x03',
      '\x1b',
      '\0',
      '\x7f',
      null,
      null,
    ]);
  });
  test('have distinct names', () => {
    expect(new Set(QUICK_KEYS.map((key) => key.name)).size).toBe(QUICK_KEYS.length);
  });
});

describe('[S10] a gap', () => {
  const decode = (data: Uint8Array) => new TextDecoder().decode(data);
  test('says how much is missing, as well as is known', () => {
    expect(decode(gapLine({ frames: 3, bytes: 2048 }))).toContain('2 KiB lost');
    expect(decode(gapLine({ frames: 3 }))).toContain('3 frames lost');
    expect(decode(gapLine({ frames: null }))).toContain('some output lost');
    expect(decode(skippedLine(1024))).toContain('1 KiB skipped');
  });
  test('ends whatever sequence was cut, and leaves its own colours behind', () => {
    expect(decode(gapLine({ frames: 1 }))).satisfy(
      (line: string) => line.startsWith('\x18\x1b[0m') && line.endsWith('\x1b[0m\r\n'),
    );
  });
});
