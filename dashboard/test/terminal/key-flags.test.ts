import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  flagsOn,
  NO_KEY_FLAGS,
  pop,
  push,
  STACK_LIMIT,
  set,
  setModeOf,
} from '../../src/lib/terminal/key-flags.ts';

describe('the kitty keyboard flags', () => {
  test('are pushed and popped on each screen by itself', () => {
    const main = push(NO_KEY_FLAGS, 'normal', 1);
    const both = push(main, 'alternate', 0);
    expect([flagsOn(both, 'normal'), flagsOn(both, 'alternate')]).toEqual([1, 0]);
    expect(flagsOn(pop(both, 'alternate', 1), 'normal')).toBe(1);
    expect(flagsOn(pop(both, 'normal', 1), 'normal')).toBe(0);
  });
  test('only what this page can do is taken', () => {
    expect(flagsOn(push(NO_KEY_FLAGS, 'normal', 31), 'normal')).toBe(1);
    expect(flagsOn(push(NO_KEY_FLAGS, 'normal', 8), 'normal')).toBe(0);
  });
  test('are set, added and removed', () => {
    const on = set(NO_KEY_FLAGS, 'normal', 1, 'replace');
    expect(flagsOn(on, 'normal')).toBe(1);
    expect(flagsOn(set(on, 'normal', 2, 'add'), 'normal')).toBe(1);
    expect(flagsOn(set(on, 'normal', 1, 'remove'), 'normal')).toBe(0);
    expect([0, 1, 2, 3, 4].map(setModeOf)).toEqual(['replace', 'replace', 'add', 'remove', null]);
  });
  test('whatever is pushed is gone after as many pops, and too many pops are none', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(31), { maxLength: STACK_LIMIT }), fc.nat(100), (wanted, more) => {
        const pushed = wanted.reduce((flags, one) => push(flags, 'normal', one), NO_KEY_FLAGS);
        expect(flagsOn(pop(pushed, 'normal', wanted.length + more), 'normal')).toBe(0);
      }),
    );
  });
  test('a program that only pushes costs nothing', () => {
    let flags = NO_KEY_FLAGS;
    for (let index = 0; index < 1_000; index += 1) flags = push(flags, 'normal', 1);
    expect(flags.normal.pushed).toHaveLength(STACK_LIMIT);
  });
});
