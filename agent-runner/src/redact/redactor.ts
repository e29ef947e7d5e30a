import { incompleteTail } from '../keeper/stream/utf8.ts';
import { joined } from '../spool/bytes.ts';
import type { Automaton } from './automaton.ts';
import { Spans } from './spans.ts';

/** X7: so many bytes of a possible secret pass at once. Four would be a leak. */
export const UNMASKED_BYTES = 3;
/** X7: what may go on to be a secret waits for so much silence, ms. */
export const SILENCE_MS = 50;

const STAR = 0x2a;
const LINE_ENDS = [0x0a, 0x0d];
const NOTHING = new Uint8Array(0);

/**
 * X7: one stream, with what the automaton finds in it masked. It gives back what may pass now, in order and as it came
 * where nothing is masked, without a copy. Time: ms of any clock that is never set back.
 */
export class Redactor {
  readonly #automaton: Automaton;
  /** Which possible secret the stream is in, whether it has passed or is held. */
  #state = 0;
  #pending: Uint8Array = NOTHING;
  /** In what is held. */
  readonly #found = new Spans();
  #pushedAt = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  push(data: Uint8Array, now: number): Uint8Array {
    const from = this.#pending.length;
    const bytes = from === 0 ? data : joined([this.#pending, data]);
    this.#pushedAt = now;
    this.#state = this.#automaton.read(this.#state, bytes, from, (start, end) =>
      this.#found.add(Math.max(0, start), end),
    );
    return this.#release(bytes, this.#safeLength(bytes));
  }

  /** When `tick` has something to do. */
  dueAt(): number | null {
    return this.#pending.length === 0 ? null : this.#pushedAt + SILENCE_MS;
  }

  /** Releases the pending bytes after the silence. If a secret is completed all the same, its rest is masked. */
  tick(now: number): Uint8Array {
    return this.#pending.length > 0 && now - this.#pushedAt >= SILENCE_MS ? this.end() : NOTHING;
  }

  /** No more is coming. */
  end(): Uint8Array {
    return this.#release(this.#pending, this.#pending.length);
  }

  /**
   * How much of `bytes` no later byte can make a secret of: all before the possible secret that began first, its first
   * bytes as far as they are whole characters (S11), and what is masked anyway.
   */
  #safeLength(bytes: Uint8Array): number {
    const depth = this.#automaton.depth(this.#state);
    if (depth === 0) return bytes.length;
    const passed = Math.max(0, bytes.length - depth + Math.min(depth, UNMASKED_BYTES));
    return this.#found.endAround(passed - incompleteTail(bytes, 0, passed));
  }

  #release(bytes: Uint8Array, count: number): Uint8Array {
    const found = this.#found.take(count);
    this.#pending = count === bytes.length ? NOTHING : bytes.subarray(count);
    const passed = bytes.subarray(0, count);
    if (found.length === 0) return passed;
    const masked = new Uint8Array(passed);
    let length = 0;
    let at = 0;
    for (const { start, end } of [...found, { start: count, end: count }]) {
      masked.copyWithin(length, at, start);
      length += start - at;
      for (at = start; at < end; at += 1) {
        const sign = maskOf(passed[at] ?? 0);
        if (sign !== null) masked[length++] = sign;
      }
    }
    return masked.subarray(0, length);
  }
}

/**
 * A star for each character, and line ends as they are: what a program draws stays where it drew it. Null for the bytes
 * of a character behind its first.
 */
function maskOf(byte: number): number | null {
  if (LINE_ENDS.includes(byte)) return byte;
  return (byte & 0xc0) === 0x80 ? null : STAR;
}
