import { LIMITS } from '@muster/protocol';

const encoder = new TextEncoder();

/** Bytes on the wire; a text is only measured where its length leaves a doubt. */
export function sizeOf(message: string | ArrayBuffer): number {
  if (typeof message !== 'string') return message.byteLength;
  return message.length * 3 <= LIMITS.messageBytes || message.length > LIMITS.messageBytes
    ? message.length
    : encoder.encode(message).length;
}
