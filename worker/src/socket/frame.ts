import {
  encodeMessage,
  INPUT_FEATURE,
  type Member,
  type RunnerMessage,
  type ServerMessage,
  type ServerPayload,
  type ToRunnerMessage,
} from '@muster/protocol';
import type { MemberClaims } from '../auth/claims.ts';
import type { Attached } from './hibernating-sockets.ts';
import { SOCKET } from './limits.ts';

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
export const SERVER_VERSION = '0.2.0';

const publicMember = ({ member, name, role }: MemberClaims): Member => ({ id: member, name, role });

/** X5: the message for a changed role or name; null: neither changed. */
export function memberChanged(before: MemberClaims, now: MemberClaims): ServerMessage | null {
  if (before.role === now.role && before.name === now.name) return null;
  return { type: 'member:changed', payload: publicMember(now) };
}

/** The first message to a member's socket (M5). */
export function connectionAck(attached: Attached<unknown>, claims: MemberClaims): ServerMessage {
  const payload: ServerPayload<'connection:ack'> = {
    connectionId: attached.connectionId,
    // A resumable session (C1) is a later door; until then a connection is its own.
    sessionId: attached.connectionId,
    serverVersion: SERVER_VERSION,
    features: ['binary-batches', 'idempotent-requests', INPUT_FEATURE],
    resumed: false,
    member: publicMember(claims),
    heartbeatInterval: SOCKET.heartbeatInterval,
    tokenExpiresAt: claims.expiresAt,
  };
  return { type: 'connection:ack', payload };
}
