import { describe, expect, test } from 'vitest';
import {
  isFirstLine,
  isLastLine,
  lineHistoryOf,
  newer,
  older,
  remember,
} from '../../src/lib/commands/line-history.ts';

describe('lines that were run', () => {
  test('come back from the newest to the oldest, and what was being typed after them', () => {
    const first = older(lineHistoryOf(['ls', 'make']), 'npm t');
    expect(first?.text).toBe('make');
    const second = first && older(first.recall, first.text);
    expect(second?.text).toBe('ls');
    expect(second && older(second.recall, second.text)).toBeNull();
    const back = second && newer(second.recall);
    expect(back?.text).toBe('make');
    const typed = back && newer(back.recall);
    expect(typed?.text).toBe('npm t');
    expect(typed && newer(typed.recall)).toBeNull();
  });
  test('are there once, the newest last', () => {
    expect(remember(lineHistoryOf(['ls', 'make', 'pwd']), 'ls').lines).toEqual(['make', 'pwd', 'ls']);
  });
  test('are bounded', () => {
    const many = Array.from({ length: 150 }, (_, index) => `line ${index}`);
    expect(lineHistoryOf(many).lines).toHaveLength(100);
    const { lines } = remember(lineHistoryOf(many), 'new');
    expect([lines.length, lines.at(-1)]).toEqual([100, 'new']);
  });
  test('are reached from the first and the last line of a text only', () => {
    const text = 'one\ntwo';
    expect([isFirstLine(text, 2), isFirstLine(text, 5)]).toEqual([true, false]);
    expect([isLastLine(text, 2), isLastLine(text, 5)]).toEqual([false, true]);
  });
});
