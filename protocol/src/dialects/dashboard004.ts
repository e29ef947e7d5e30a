import { type Frame, STREAM } from '../batch/layout.ts';
import { textOf } from '../batch/read.ts';
import { type Decoded, decodeViewer, type ProtocolError } from '../codec.ts';
import { CommandIdSchema } from '../command.ts';
import { type WireError, wireError } from '../errors.ts';
import type { AgentId } from '../ids.ts';
import type { ServerMessage } from '../messages/server.ts';
import type { ViewerMessage } from '../messages/viewer-messages.ts';
import { err, type Result } from '../result.ts';
import { PROTOCOL_VERSION } from '../version.ts';

/**
 * Seed 004, plain JSON on `/ws/dashboard`. Its messages are the canonical ones by name and payload, so what
 * differs is small: no binary, hence no `flow:ack`; output as text; every envelope field filled in.
 */
export function decode004(text: string): Result<Decoded<ViewerMessage>, ProtocolError> {
  const decoded = decodeViewer(text);
  if (!decoded.ok || decoded.value.message.type !== 'flow:ack') return decoded;
  const { id } = decoded.value;
  const error = wireError('UNSUPPORTED_TYPE', 'The message "flow:ack" belongs to muster.v1 sockets');
  return err({ error, type: 'flow:ack', ...(id === undefined ? {} : { id }) });
}

/** The envelope of a message: a fresh UUID, ms since 1970, and the request it answers. */
export interface Stamp004 {
  readonly id: string;
  readonly timestamp: number;
  readonly correlationId?: string;
}

export function encode004(message: ServerMessage, { id, timestamp, correlationId }: Stamp004): string {
  return JSON.stringify({
    version: PROTOCOL_VERSION,
    id,
    type: message.type,
    timestamp,
    payload: message.payload,
    metadata: correlationId === undefined ? {} : { correlationId },
  });
}

/** One frame as text: of an agent's program, or of a command ('': the program). */
export function outputOf(agentId: AgentId, frame: Frame, command = ''): ServerMessage {
  const { sequence, commandSequence, time } = frame;
  const stream = frame.stream === STREAM.stderr ? 'stderr' : 'stdout';
  const shared = { agentId, stream, data: textOf(frame.data), timestamp: time } as const;
  if (command === '') return { type: 'agent:output', payload: { ...shared, sequence } };
  const commandId = CommandIdSchema.parse(command);
  return { type: 'terminal:output', payload: { ...shared, commandId, sequence: commandSequence } };
}

/** 004 knows one word for a token that does not let in, whatever is wrong with it. */
export function handshakeError004(error: WireError): WireError {
  return error.code === 'TOKEN_EXPIRED' ? wireError('AUTH_FAILED', error.message) : error;
}
