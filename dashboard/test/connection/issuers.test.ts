import { expect, test } from 'vitest';
import { issuerCallback } from '../../src/lib/connection/issuers.ts';

test('[X3] a return from an issuer is distinguished from opening the page', () => {
  for (const query of ['?code=a&state=b', '?error=access_denied&state=b&iss=c'])
    expect(issuerCallback(query)).toBe(query);
  for (const query of ['', '?state=b', '?code=a', '?preset=x']) expect(issuerCallback(query)).toBeNull();
});
