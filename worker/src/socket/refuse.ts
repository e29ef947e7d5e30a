import { CLOSE, errorRow, type WireError } from '@muster/protocol';
import { closeSocket } from './close.ts';
import type { SocketRefusal } from './connection-limits.ts';
import { frame } from './frame.ts';
import { switchingProtocols } from './handshake.ts';
import { sendTo } from './send.ts';

/**
 * A canonical socket that is closed at once; `last` is the only message it gets. Never one that hibernates: where that is
 * closed before its 101 has left, the platform keeps the connection until the object sleeps, and the peer
 * waits that long for its end.
 */
export function closedSocket(code: number, reason: string, last?: string): Response {
  const pair = new WebSocketPair();
  pair[1].accept();
  if (last !== undefined) sendTo(pair[1], last);
  closeSocket(pair[1], code, reason);
  return switchingProtocols(pair[0]);
}

/**
 * Refuses a canonical socket where a browser can read why: a refused handshake tells it nothing, so it is
 * accepted, sent the error and closed with the error's code. No object wakes for it (G3).
 */
export function refuseSocket(
  error: WireError,
  code: number = errorRow(error.code).close ?? CLOSE.badFrame,
): Response {
  const last = frame({ type: 'error', payload: error }, Date.now());
  return closedSocket(code, error.code, last);
}

/** Refuses a canonical socket as its object decided. */
export const answerRefusal = (refusal: SocketRefusal): Response =>
  'error' in refusal
    ? refuseSocket(refusal.error, refusal.close)
    : closedSocket(refusal.close, refusal.reason);
