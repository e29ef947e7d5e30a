import { describe, expect, it } from 'vitest';
import { outcomeWords } from '../../src/lib/notifications/outcome-words.ts';

const at = 1;

describe('[C10] the last push to a device', () => {
  it.each([
    [{ at, event: 'request', outcome: 'sent', status: 201 }, 'Last request sent 5m ago'],
    [{ at, event: 'test', outcome: 'sent' }, 'Last test sent 5m ago'],
    [
      { at, event: 'finished', outcome: 'withheld', reason: 'it is quiet' },
      'Last finished turn held back 5m ago: it is quiet',
    ],
    [
      { at, event: 'failed', outcome: 'failed', status: 503 },
      'Last failure not delivered 5m ago: the push service answered 503',
    ],
    [{ at, event: 'attention', outcome: 'failed' }, 'Last call not delivered 5m ago'],
    [
      { at, event: 'request', outcome: 'removed', status: 410 },
      'The browser has given up its notifications 5m ago',
    ],
  ] as const)('%j reads: %s', (outcome, words) => expect(outcomeWords(outcome, '5m ago')).toBe(words));
});
