import { CLOSE, errorRow, type WireError } from '@muster/protocol';
import { closeSocket } from './close.ts';
import { frame } from './frame.ts';
import { switchingProtocols } from './handshake.ts';
import { sendTo } from './send.ts';

/**
 * Refuses a canonical socket where a browser can read why: a refused handshake tells it nothing, so it is
 * accepted, told the error and closed with the error's code. No object wakes for it (G3).
 */
export function refuseSocket(error: WireError): Response {
  const pair = new WebSocketPair();
  pair[1].accept();
  sendTo(pair[1], frame({ type: 'error', payload: error }, Date.now()));
  closeSocket(pair[1], errorRow(error.code).close ?? CLOSE.badFrame, error.code);
  return switchingProtocols(pair[0]);
}
