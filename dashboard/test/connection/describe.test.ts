import { expect, test } from 'vitest';
import { describe } from '../../src/lib/connection/describe.ts';

test('[M9] each state has its word, and the countdown its seconds', () => {
  expect(describe({ name: 'connecting' }, 0).label).toBe('Connecting');
  expect(describe({ name: 'connected', since: 0 }, 0)).toMatchObject({ label: 'Connected', tone: 'good' });
  const polling = describe({ name: 'connected', since: 0, polling: true }, 0);
  expect(polling).toMatchObject({ label: 'Connected by polling', tone: 'good' });
  const waiting = { name: 'reconnecting', attempt: 2, retryAt: 10_000, manual: false } as const;
  expect(describe(waiting, 7_900)).toMatchObject({ label: 'Reconnecting in 3 s', manual: false });
  expect(describe(waiting, 10_001).label).toBe('Reconnecting');
});

test('[M9] the manual button shows beside the automatic retries once the client says so', () => {
  const state = { name: 'reconnecting', attempt: 5, retryAt: 0, manual: true } as const;
  expect(describe(state, 0).manual).toBe(true);
});

test('a refusal shows its code', () => {
  const state = { name: 'disconnected', reason: 'refused', code: 4401 } as const;
  expect(describe(state, 0)).toMatchObject({ label: 'Refused (4401)', tone: 'bad', manual: true });
  expect(describe({ name: 'disconnected', reason: 'closed' }, 0).label).toBe('Disconnected');
});
