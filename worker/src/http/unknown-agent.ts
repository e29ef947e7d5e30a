import { CLOSE, decodeViewer, errorRow, type TeamId, type WireError, wireError } from '@muster/protocol';
import { messageTokenVerifier } from '../auth/guard-member.ts';
import type { Env } from '../env.ts';
import { authDeadline, authorizeViewerMessage, initialAuth, nextAuthStep } from '../socket/auth.ts';
import { closeSocket } from '../socket/close.ts';
import { frame } from '../socket/frame.ts';
import { callerOf, switchingProtocols } from '../socket/handshake.ts';
import { SOCKET } from '../socket/limits.ts';
import { sendTo } from '../socket/send.ts';
import { tokenMessageOf } from '../socket/token-message.ts';

export const NO_AGENT = wireError('AGENT_NOT_FOUND', 'There is no such agent');

/**
 * X5: a caller without a token cannot tell a missing agent from an existing one. They have the same 5 s to
 * authenticate, get the same messages, and only then learn that there is no such agent. No object wakes for
 * it (G3).
 */
export function unknownAgent(env: Env, team: TeamId, headers: Headers): Response {
  const pair = new WebSocketPair();
  const [client, server] = [pair[0], pair[1]];
  const waiting = initialAuth(null, team, Date.now());
  const send = (error: WireError, id?: string) => {
    sendTo(server, frame({ type: 'error', payload: error }, Date.now(), id));
    if (id === undefined) return;
    const ack = { type: 'ack', payload: { messageId: id, success: false, error } } as const;
    sendTo(server, frame(ack, Date.now(), id));
  };
  const end = (error: WireError, id?: string) => {
    clearTimeout(timer);
    send(error, id);
    closeSocket(server, errorRow(error.code).close ?? CLOSE.badFrame, error.code);
  };
  const timer = setTimeout(() => {
    const step = nextAuthStep(waiting, authDeadline(waiting));
    if (step.kind === 'close') end(step.error);
  }, SOCKET.authDeadline);
  // X14: one token is checked, whatever comes while it is.
  let checking = false;
  const hear = async (text: string) => {
    if (checking) return;
    if (text === 'ping') return sendTo(server, 'pong');
    const decoded = decodeViewer(text);
    if (!decoded.ok) return send(decoded.error.error, decoded.error.id);
    const { message, id } = decoded.value;
    const bringing = tokenMessageOf(message);
    if (bringing === null) {
      const may = authorizeViewerMessage(waiting, message.type, Date.now());
      return may.ok ? undefined : end(may.error, id);
    }
    checking = true;
    const from = callerOf(headers);
    const verified = await messageTokenVerifier(env)(team, bringing.token, Date.now(), { from });
    end(verified.ok ? NO_AGENT : verified.error, id);
  };
  server.accept();
  server.addEventListener('message', ({ data }) => void hear(typeof data === 'string' ? data : ''));
  server.addEventListener('close', ({ code }) => {
    clearTimeout(timer);
    closeSocket(server, code);
  });
  return switchingProtocols(client);
}
