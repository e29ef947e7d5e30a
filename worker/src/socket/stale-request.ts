import { type WireError, wireError } from '@muster/protocol';

/** Clocks of two objects may be this far apart, ms. */
const SKEW_MS = 60_000;

/** Why a request that is not remembered is not done: it may be a repeat of one that was, and is forgotten. */
const OUTCOME_UNKNOWN = wireError(
  'COMMAND_TIMEOUT',
  'It is not known whether this was done: it came minutes after it was first sent. Check before you try again.',
  { outcome: 'unknown' },
);

/**
 * I1: the answer to a request that the server does not remember, though it may have been made before: it was first sent
 * at `askedAt`, and what is older than `memory` is forgotten. Null: it is new. Times: ms, by the server's clock.
 */
export function staleRequestRefusal(
  askedAt: number | undefined,
  now: number,
  memory: number,
): WireError | null {
  return askedAt !== undefined && now - askedAt >= memory - SKEW_MS ? OUTCOME_UNKNOWN : null;
}
