import {
  encodeMessage,
  INPUT_FEATURE,
  type RunnerMessage,
  type ServerMessage,
  type ServerPayload,
  type ToRunnerMessage,
} from '@muster/protocol';
import type { MemberClaims } from '../auth/claims.ts';
import { SOCKET } from './limits.ts';
import type { Attached } from './sockets.ts';

type Outgoing = ServerMessage | ToRunnerMessage | RunnerMessage;

/** A text frame as the server sends it to members and runners: every envelope field present; `correlationId` names the request it answers. */
export function frame(message: Outgoing, now: number, correlationId?: string): string {
  return encodeMessage(message, {
    id: crypto.randomUUID(),
    timestamp: now,
    metadata: correlationId === undefined ? {} : { correlationId },
  });
}

/** Raised with each release; clients show it. */
export const SERVER_VERSION = '0.1.0';

/** What a member's socket is told first (protocol.md, Getting in). */
export function connectionAck(attached: Attached<unknown>, claims: MemberClaims): ServerMessage {
  const payload: ServerPayload<'connection:ack'> = {
    connectionId: attached.connectionId,
    // A resumable session (C1) is a later door; until then a connection is its own.
    sessionId: attached.connectionId,
    serverVersion: SERVER_VERSION,
    features: ['binary-batches', 'idempotent-requests', INPUT_FEATURE],
    resumed: false,
    member: { id: claims.member, name: claims.name, role: claims.role },
    heartbeatInterval: SOCKET.heartbeatInterval,
    tokenExpiresAt: claims.expiresAt,
  };
  return { type: 'connection:ack', payload };
}
