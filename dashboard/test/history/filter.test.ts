import { describe, expect, test } from 'vitest';
import { ALL, filterOf, isNarrowed, questionOf } from '../../src/lib/history/filter.ts';
import { stepWords } from '../../src/lib/history/step-labels.ts';

const NOW = 1_800_000_000_000;

describe('what history is narrowed to', () => {
  test('is read from the address', () => {
    const filter = filterOf(new URLSearchParams('text= disk full &status=failed&exit=1&span=day'));
    expect(filter).toEqual({ ...ALL, text: 'disk full', status: 'failed', exit: '1', span: 'day' });
    expect([isNarrowed(filter), isNarrowed(ALL)]).toEqual([true, false]);
  });
  test('is asked of the server by its own words', () => {
    expect(questionOf({ ...ALL, agent: 'shell', exit: '-9', span: 'hour' }, NOW)).toMatchObject({
      text: '',
      agent: 'shell',
      exit: '-9',
      since: NOW - 3_600_000,
    });
  });
  test('leaves out what nobody could mean', () => {
    expect(questionOf({ ...ALL, exit: 'one', span: 'aeon' }, NOW)).toMatchObject({
      exit: undefined,
      since: undefined,
    });
  });
});

describe('a step of a past command', () => {
  test('has words, and is shown as it is where they are not known', () => {
    expect(stepWords({ cause: 'exited' })).toBe('ended');
    expect(stepWords({ cause: 'of-a-newer-server' })).toBe('of-a-newer-server');
  });
});
