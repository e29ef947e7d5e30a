import { expect, test } from 'vitest';
import { cameBack } from '../../src/lib/connection/issuers.ts';

test('[X3] a return from an issuer is distinguished from opening the page', () => {
  for (const query of ['?code=a&state=b', '?error=access_denied&state=b&iss=c'])
    expect(cameBack(query)).toBe(query);
  for (const query of ['', '?state=b', '?code=a', '?preset=x']) expect(cameBack(query)).toBeNull();
});
