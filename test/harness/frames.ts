/** RFC 6455, 5.2: where the parts of a frame are. */
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
const OPCODE = 0x0f;
const BINARY = 2;

function lay(
  bytes: Buffer,
): { readonly head: number; readonly size: number; readonly masked: boolean } | null {
  const second = bytes[1];
  if (second === undefined) return null;
  const masked = (second & MASKED) !== 0;
  const short = second & LENGTH;
  const extended = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
  const head = 2 + extended + (masked ? MASK_BYTES : 0);
  if (bytes.length < head) return null;
  const size =
    extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { head, size, masked };
}

/** Bytes of the frame that begins here; null while that cannot be told. */
export function frameLength(bytes: Buffer): number | null {
  const parts = lay(bytes);
  return parts === null ? null : parts.head + parts.size;
}

/** The payload of a whole frame; null when it is not binary. */
export function binaryIn(frame: Buffer): Uint8Array | null {
  const parts = lay(frame);
  if (parts === null || ((frame[0] ?? 0) & OPCODE) !== BINARY) return null;
  const body = Uint8Array.from(frame.subarray(parts.head));
  const mask = frame.subarray(parts.head - MASK_BYTES, parts.head);
  if (parts.masked)
    for (let at = 0; at < body.length; at += 1) body[at] = (body[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return body;
}
