import { expect, test } from 'vitest';
import { codeIn, faultOf, wordsFor } from '../../src/lib/connection/links.ts';

test.each([
  [{ code: 'AUTH_FAILED', reason: 'used' }, 'used', /used already/],
  [{ code: 'TOKEN_EXPIRED', reason: null }, 'expired', /expired/],
  [{ code: 'AUTH_FAILED', reason: null }, 'broken', /not whole/],
  [{ code: 'INVALID_MESSAGE', reason: null }, 'broken', /not whole/],
  [{ code: null, reason: null }, 'away', /cannot be reached/],
  [{ code: 'RATE_LIMIT', reason: null }, 'refused', /did not let you in/],
] as const)('a link that is refused with %j was %s', (refusal, fault, title) => {
  expect(faultOf(refusal)).toBe(fault);
  const words = wordsFor({ fault, message: 'Too many tries.' }, 'the admin who invited you');
  expect(words.title).toMatch(title);
  // An invited member has no shell on the server.
  expect(`${words.title} ${words.about}`).not.toContain('npm');
});

test('the code stands in the fragment, or the link is not whole', () => {
  expect([codeIn('#code=abc'), codeIn('#'), codeIn('')]).toEqual(['abc', null, null]);
});
