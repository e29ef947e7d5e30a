import { encodeMessage } from '@muster/protocol';
import type { Packet } from './link.ts';

export const isError = (data: string | Uint8Array) =>
  typeof data === 'string' && data.includes('"type":"error"');

/** Bytes and texts as they come; a close is none. */
export function wireOf(packet: Packet): string | ArrayBuffer | null {
  if (typeof packet === 'string') return packet;
  if (packet instanceof Uint8Array)
    return packet.buffer.slice(packet.byteOffset, packet.byteOffset + packet.byteLength) as ArrayBuffer;
  if (!('said' in packet)) return null;
  const { said, id, metadata } = packet;
  return encodeMessage(said, {
    ...(id === undefined ? {} : { id }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}
