import { isLoopback } from '../auth/issuers/settings.ts';

/** A name in the public DNS: letters of a top-level domain, no address, no name of a private network. */
const PUBLIC_HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;
const PRIVATE_DOMAIN =
  /(?:^|\.)(?:local|localhost|localdomain|internal|intranet|private|corp|home|lan|arpa|test|invalid|onion)$/;

/**
 * C10: whether pushes may be sent there: https at a public host, on its own port, without a name and a password.
 * `loopback`: this machine too, for tests.
 */
export function isPushEndpoint(endpoint: string, loopback: boolean): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, port, username, password } = new URL(endpoint);
  if (username !== '' || password !== '') return false;
  if (loopback && isLoopback(endpoint)) return true;
  return protocol === 'https:' && port === '' && PUBLIC_HOST.test(hostname) && !PRIVATE_DOMAIN.test(hostname);
}
