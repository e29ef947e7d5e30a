import { CLOSE, type WireError, wireError } from '@muster/protocol';
import type { Outcome } from './sync/index.ts';
import type { RequestFailure } from './types.ts';

/** The error that a failed request rejects with. */
export function requestFailure(wire: WireError, outcome: Outcome = outcomeOf(wire)): RequestFailure {
  return Object.assign(new Error(wire.message), { name: wire.code, wire, outcome });
}

/** I1: a server that may have forgotten a request says so. */
const outcomeOf = ({ details }: WireError): Outcome =>
  details?.['outcome'] === 'unknown' ? 'unknown' : 'refused';

/** The meaning of a terminal close code that no `error` came before. */
export function closeError(code: number): WireError {
  if (code === CLOSE.unauthenticated) return wireError('AUTH_FAILED', 'the server did not accept the token');
  if (code === CLOSE.notFound) return wireError('AGENT_NOT_FOUND', 'there is no such agent');
  if (code === CLOSE.rateLimited) return wireError('RATE_LIMIT', 'too many messages');
  if (code === CLOSE.tooOld) return wireError('UNSUPPORTED_VERSION', 'the server speaks another version');
  return wireError('SERVICE_UNAVAILABLE', `the server closed the connection (${code})`);
}
