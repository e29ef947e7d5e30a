import { CLOSE } from '@muster/protocol';

/** A reason travels in a control frame: 123 bytes at most. */
const REASON_CHARS = 120;

/**
 * The code with which a close is answered or passed on: 1005, 1006 and 1015 only ever exist locally, and
 * `close()` takes nothing but 1000 and 3000–4999 everywhere, 1001–1014 here.
 */
export function answerableCode(code: number): number {
  if (code === 1005) return CLOSE.normal;
  if (code === 1006 || code === 1015) return CLOSE.goingAway;
  const known = (code >= 1000 && code <= 1014 && code !== 1004) || (code >= 3000 && code <= 4999);
  return known ? code : CLOSE.normal;
}

/** Closes, or answers a close. Never throws: closing what is closed is no error. */
export function closeSocket(socket: WebSocket, code: number, reason = ''): void {
  try {
    socket.close(
      answerableCode(code),
      [...reason]
        .filter((c) => c >= ' ' && c <= '~')
        .join('')
        .slice(0, REASON_CHARS),
    );
  } catch {
    // The peer was faster.
  }
}
