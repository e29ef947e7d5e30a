import { type WireError, wireError } from './errors.ts';
import { err, ok, type Result } from './result.ts';

/**
 * The body of a long poll's answer: the frames of a socket, in order and unchanged. Each is its WebSocket opcode (1 byte:
 * 1 text, 2 binary, 8 close), the length of what follows (4 bytes, big-endian), and that: UTF-8, bytes, or for a close,
 * which is the last, its code (2 bytes, big-endian) and its reason.
 */
export type PolledFrame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

/** The media type of such an answer. */
export const POLLED_TYPE = 'application/vnd.muster.frames';

const OPCODE = { text: 1, binary: 2, close: 8 } as const;
const HEAD_BYTES = 5;
const CODE_BYTES = 2;

const encoder = new TextEncoder();
/** The texts of a socket are UTF-8, as those of WebSocket are. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodePolled(frame: PolledFrame): Uint8Array<ArrayBuffer> {
  const body = bodyOf(frame);
  const encoded = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(encoded.buffer);
  view.setUint8(0, OPCODE[frame.kind]);
  view.setUint32(1, body.length);
  encoded.set(body, HEAD_BYTES);
  return encoded;
}

function bodyOf(frame: PolledFrame): Uint8Array {
  switch (frame.kind) {
    case 'text':
      return encoder.encode(frame.text);
    case 'binary':
      return frame.bytes;
    case 'close': {
      const reason = encoder.encode(frame.reason);
      const body = new Uint8Array(CODE_BYTES + reason.length);
      new DataView(body.buffer).setUint16(0, frame.code);
      body.set(reason, CODE_BYTES);
      return body;
    }
  }
}

/** The frames of an answer. All are good or the answer is refused: what is missing would be a hole. */
export function decodePolled(bytes: Uint8Array): Result<readonly PolledFrame[], WireError> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: PolledFrame[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const from = offset + HEAD_BYTES;
    if (from > bytes.length) return malformed('its end is missing');
    offset = from + view.getUint32(from - HEAD_BYTES + 1);
    if (offset > bytes.length) return malformed('its end is missing');
    const frame = frameOf(view.getUint8(from - HEAD_BYTES), bytes.subarray(from, offset));
    if (frame === null) return malformed('a frame cannot be read');
    frames.push(frame);
  }
  return ok(frames);
}

const malformed = (why: string) => err(wireError('INVALID_MESSAGE', `the answer of a poll: ${why}`));

function frameOf(opcode: number, body: Uint8Array): PolledFrame | null {
  try {
    switch (opcode) {
      case OPCODE.text:
        return { kind: 'text', text: decoder.decode(body) };
      case OPCODE.binary:
        return { kind: 'binary', bytes: body };
      case OPCODE.close: {
        const code = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint16(0);
        return { kind: 'close', code, reason: decoder.decode(body.subarray(CODE_BYTES)) };
      }
      default:
        return null;
    }
  } catch {
    return null;
  }
}
