/** A piece is looked for by so many of its first bytes. */
const KEY_BYTES = 4_096;

export interface ByteGap {
  /** Of the stream, as far as its places are known. */
  readonly at: number;
  /** How many bytes are lost; null: nobody knows. */
  readonly bytes: number | null;
}

const isAt = (place: number, piece: Buffer, printed: Buffer) =>
  place >= 0 && printed.subarray(place, place + piece.length).equals(piece);

/** Where all of a piece stands in what was printed, at `from` or behind it; -1: nowhere. A few lines may stand in many places. */
function placeOf(piece: Buffer, printed: Buffer, from: number): number {
  const key = piece.subarray(0, KEY_BYTES);
  let place = printed.indexOf(key, from);
  while (place >= 0 && !isAt(place, piece, printed)) place = printed.indexOf(key, place + 1);
  return place;
}

/**
 * The fault in a viewer's copy, which has nothing where gaps are, against the printed output; null: all
 * between the gaps is there, in order, once. A gap of unknown size is as large as the bytes behind it require.
 */
export function copyFault(printed: Buffer, seen: Buffer, holes: readonly ByteGap[]): string | null {
  const edges = [...holes, { at: seen.length, bytes: 0 }];
  let [from, place] = [0, 0];
  let lost: number | null = 0;
  for (const { at, bytes } of edges) {
    const piece = seen.subarray(from, at);
    const found = lost === null ? placeOf(piece, printed, place) : place + lost;
    if (!isAt(found, piece, printed)) return `the ${piece.length} bytes at ${from} are not what was printed`;
    place = found + piece.length;
    from = at + (bytes ?? 0);
    lost = bytes;
  }
  const end = lost === null || place === printed.length;
  return end ? null : `it ends at ${place} of ${printed.length}, and no gap says so`;
}
