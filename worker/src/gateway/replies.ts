import {
  type Ack,
  CLOSE,
  errorRow,
  handshakeError004,
  type ServerMessage,
  type WireError,
} from '@muster/protocol';
import type { UnitOfWork } from './types.ts';

/** What is told to the client; `id`: the request it answers. */
export function sendToClient(turn: UnitOfWork, message: ServerMessage, id?: string): void {
  turn.out.push({ type: 'say', message, ...(id === undefined ? {} : { correlationId: id }) });
}

/** A request with an id gets exactly one ack; an error also comes as `error`. */
export function answer(turn: UnitOfWork, id: string | undefined, ack: Omit<Ack, 'messageId'>): void {
  if (!ack.success && ack.error !== undefined) sendToClient(turn, { type: 'error', payload: ack.error }, id);
  if (id !== undefined) sendToClient(turn, { type: 'ack', payload: { ...ack, messageId: id } }, id);
}

export const refuse = (turn: UnitOfWork, id: string | undefined, error: WireError): void =>
  answer(turn, id, { success: false, error });

/** Ends the client's socket for this error. Links are hung up with it. */
export function closeWithError(
  turn: UnitOfWork,
  error: WireError,
  id?: string,
  code: number = errorRow(error.code).close ?? CLOSE.badFrame,
): void {
  refuse(turn, id, handshakeError004(error));
  closeClient(turn, code, error.code);
}

export function closeClient(turn: UnitOfWork, code: number, reason: string): void {
  turn.out.push({ type: 'close', code, reason });
  closeGateway(turn);
}

/** Nothing more happens for this client. */
export function closeGateway(turn: UnitOfWork): void {
  const { door } = turn;
  const links = [...(door.lobby === null ? [] : [door.lobby]), ...door.rooms.values()];
  for (const { key } of links) turn.out.push({ type: 'hang-up', key });
  door.phase = { name: 'closed' };
  door.lobby = null;
  door.rooms.clear();
}
