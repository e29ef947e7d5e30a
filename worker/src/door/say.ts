import {
  type Ack,
  CLOSE,
  errorRow,
  handshakeError004,
  type ServerMessage,
  type WireError,
} from '@muster/protocol';
import type { Turn } from './types.ts';

/** What is told to the client; `id`: the request it answers. */
export function say(turn: Turn, message: ServerMessage, id?: string): void {
  turn.out.push({ type: 'say', message, ...(id === undefined ? {} : { correlationId: id }) });
}

/** A request with an id gets exactly one ack; an error also comes as `error`. */
export function answer(turn: Turn, id: string | undefined, ack: Omit<Ack, 'messageId'>): void {
  if (!ack.success && ack.error !== undefined) say(turn, { type: 'error', payload: ack.error }, id);
  if (id !== undefined) say(turn, { type: 'ack', payload: { ...ack, messageId: id } }, id);
}

export const refuse = (turn: Turn, id: string | undefined, error: WireError): void =>
  answer(turn, id, { success: false, error });

/** Ends the client's socket for this error. Links are hung up with it. */
export function closeFor(
  turn: Turn,
  error: WireError,
  id?: string,
  code: number = errorRow(error.code).close ?? CLOSE.badFrame,
): void {
  refuse(turn, id, handshakeError004(error));
  close(turn, code, error.code);
}

export function close(turn: Turn, code: number, reason: string): void {
  turn.out.push({ type: 'close', code, reason });
  leave(turn);
}

/** Nothing more happens for this client. */
export function leave(turn: Turn): void {
  const { door } = turn;
  const links = [...(door.lobby === null ? [] : [door.lobby]), ...door.rooms.values()];
  for (const { key } of links) turn.out.push({ type: 'hang-up', key });
  door.phase = { name: 'closed' };
  door.lobby = null;
  door.rooms.clear();
}
