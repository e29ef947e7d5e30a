import { type BatchHeader, type Chunk, encodeBatch, encodeGap, framesOf } from '@muster/protocol';

/** The part of a batch that stands for the frames `from` … `to`; the batch itself where that is all of it. */
export function sliceBatch(batch: Uint8Array, header: BatchHeader, from: number, to: number): Uint8Array {
  if (from <= header.first && header.last <= to) return batch;
  const first = Math.max(from, header.first);
  const last = Math.min(to, header.last);
  const { epoch, kind, time } = header;
  if (kind === 'gap') return encodeGap({ epoch, from: first, to: last, bytes: header.rawSize, time });
  // It has one number, hence no part; and none is ever spooled.
  if (kind === 'snapshot') return batch;
  const chunks: Chunk[] = [];
  for (const frame of framesOf(batch, header)) {
    if (frame.sequence >= first && frame.sequence <= last) chunks.push(frame);
  }
  const { command } = header;
  if (command === '') return encodeBatch({ kind, epoch, first, chunks });
  return encodeBatch({
    kind,
    epoch,
    first,
    chunks,
    command,
    commandFirst: header.commandFirst + first - header.first,
  });
}
