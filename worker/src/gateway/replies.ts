import {
  type Ack,
  CLOSE,
  errorRow,
  handshakeError004,
  type ServerMessage,
  type WireError,
} from '@muster/protocol';
import type { UnitOfWork } from './types.ts';

/** Sends a message to the client. `id`: the request that it answers. */
export function sendToClient(work: UnitOfWork, message: ServerMessage, id?: string): void {
  work.out.push({ type: 'send-to-client', message, ...(id === undefined ? {} : { correlationId: id }) });
}

/** A request with an id gets exactly one ack; an error also comes as `error`. */
export function answer(work: UnitOfWork, id: string | undefined, ack: Omit<Ack, 'messageId'>): void {
  if (!ack.success && ack.error !== undefined) sendToClient(work, { type: 'error', payload: ack.error }, id);
  if (id !== undefined) sendToClient(work, { type: 'ack', payload: { ...ack, messageId: id } }, id);
}

export const refuse = (work: UnitOfWork, id: string | undefined, error: WireError): void =>
  answer(work, id, { success: false, error });

/** Ends the client's socket for this error. Links are hung up with it. */
export function closeWithError(
  work: UnitOfWork,
  error: WireError,
  id?: string,
  code: number = errorRow(error.code).close ?? CLOSE.badFrame,
): void {
  refuse(work, id, handshakeError004(error));
  closeClient(work, code, error.code);
}

export function closeClient(work: UnitOfWork, code: number, reason: string): void {
  work.out.push({ type: 'close', code, reason });
  closeGateway(work);
}

/** Nothing more happens for this client. */
export function closeGateway(work: UnitOfWork): void {
  const { gateway } = work;
  const links = [...(gateway.lobby === null ? [] : [gateway.lobby]), ...gateway.rooms.values()];
  for (const { key } of links) work.out.push({ type: 'hang-up', key });
  gateway.phase = { name: 'closed' };
  gateway.lobby = null;
  gateway.rooms.clear();
}
