import type { ServerMessage } from '@muster/protocol';

const STREAM_TYPES = ['replay:begin', 'replay:gap', 'replay:end', 'stream:epoch'] as const;

/** The server's messages about an agent's stream beside its batches (S6, S6a). */
export type StreamMessage = Extract<ServerMessage, { readonly type: (typeof STREAM_TYPES)[number] }>;

export function isStreamMessage(message: ServerMessage): message is StreamMessage {
  return STREAM_TYPES.some((type) => type === message.type);
}
