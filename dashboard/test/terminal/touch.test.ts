import { describe, expect, test } from 'vitest';
import { glide, SLOWEST, velocityOf } from '../../src/lib/terminal/fling.ts';
import { promptKeys } from '../../src/lib/terminal/prompt-keys.ts';

describe('a screen that is thrown', () => {
  test('has the speed that the finger had when it left', () => {
    const samples = [0, 16, 32, 48].map((at) => ({ at, x: 0, y: at * 2 }));
    expect(velocityOf(samples, 50).y).toBeCloseTo(2);
    expect(velocityOf(samples, 500)).toEqual({ x: 0, y: 0 });
    expect(velocityOf([], 0)).toEqual({ x: 0, y: 0 });
  });
  test('goes on, slower and slower, and stands still in the end', () => {
    let velocity = { x: 0, y: 2 };
    let [moved, frames] = [0, 0];
    for (let step = glide(velocity, 16); step !== null; step = glide(velocity, 16)) {
      expect(step.velocity.y).toBeLessThan(velocity.y);
      velocity = step.velocity;
      moved += step.moved.y;
      frames += 1;
    }
    expect(velocity.y).toBeLessThan(SLOWEST);
    expect(moved).toBeGreaterThan(300);
    expect(frames).toBeLessThan(150);
  });
});

describe('keys for the prompt at hand', () => {
  const labels = (...rows: string[]) => promptKeys(rows).map(({ label }) => label);
  test.each([
    [['Apply 3 migrations to staging? [y/N] '], ['y', 'N', '↵']],
    [['Continue? (Y/n)'], ['Y', 'n', '↵']],
    [['Are you sure you want to continue connecting (yes/no/[fingerprint])? '], ['yes', 'no', '↵']],
    [
      ['Do you want to proceed?', '❯ 1. Yes', '  2. Yes, and do not ask again', '  3. No', ''],
      ['1', '2', '3', '↵'],
    ],
    [
      ['│ ❯ 1. Yes │', '│   2. No  │'],
      ['1', '2', '↵'],
    ],
    [['1. first', 'of a list'], []],
    [['$ '], []],
    [['[y/N] was asked', 'long', 'ago', 'and more', '$ '], []],
  ])('%j', (rows, keys) => {
    expect(labels(...rows)).toEqual(keys);
  });
});
