import { expect, test } from 'vitest';
import { atHostname } from '../../src/lib/passkeys/passkeys.ts';

test('[X3a] a page under this machine’s address is found under its name, and no other is', () => {
  const named = (address: string) => atHostname(new URL(address));
  expect(named('http://127.0.0.1:8700/team/passkeys')).toBe('http://localhost:8700/team/passkeys');
  expect(named('http://[::1]:8700/')).toBe('http://localhost:8700/');
  for (const other of ['http://localhost:8700/', 'https://192.0.2.1/', 'https://muster.example/'])
    expect(named(other)).toBeNull();
});
