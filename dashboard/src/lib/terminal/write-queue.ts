/**
 * What waits to be shown in one terminal, in order: bytes, and things to do once everything before them has
 * been parsed (a resize, the end of a replay). Bounded: a page that cannot keep up drops its oldest bytes
 * and says so, rather than eating the machine.
 */
export type Action = () => void;
type Item = Uint8Array | Action;

/** Bytes one terminal may have waiting. */
export const QUEUE_LIMIT_BYTES = 32 * 1024 * 1024;
/** Bytes kept when the limit is passed: more than any screen holds. */
export const QUEUE_KEEP_BYTES = 2 * 1024 * 1024;

export type Taken =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'bytes'; readonly pieces: readonly Uint8Array[]; readonly size: number }
  | { readonly kind: 'action'; readonly run: Action };

export class WriteQueue {
  #items: Item[] = [];
  #head = 0;
  #bytes = 0;

  /** Bytes waiting. */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  /** Returns the bytes that had to be dropped to stay within the limit, 0 nearly always. */
  push(item: Item): number {
    this.#items.push(item);
    if (typeof item === 'function') return 0;
    this.#bytes += item.length;
    return this.#bytes > QUEUE_LIMIT_BYTES ? this.#dropTo(QUEUE_KEEP_BYTES) : 0;
  }

  /** Puts something before all that waits. */
  unshift(item: Uint8Array): void {
    this.#items.splice(this.#head, 0, item);
    this.#bytes += item.length;
  }

  /** Forgets the bytes that wait: something else takes their place. */
  drop(): void {
    this.#dropTo(0);
  }

  /** The next action, or up to `max` bytes (at least one piece of a frame, so it always moves on). */
  take(max: number, pieceMax: number): Taken {
    const first = this.#items[this.#head];
    if (first === undefined) return { kind: 'nothing' };
    if (typeof first === 'function') {
      this.#advance();
      return { kind: 'action', run: first };
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    while (size < max) {
      const item = this.#items[this.#head];
      if (item === undefined || typeof item === 'function') break;
      const length = Math.min(item.length, pieceMax, max - size);
      pieces.push(item.subarray(0, length));
      size += length;
      if (length === item.length) this.#advance();
      else this.#items[this.#head] = item.subarray(length);
    }
    this.#bytes -= size;
    return { kind: 'bytes', pieces, size };
  }

  /** The actions stay, in order: a size or a mode must not be lost with the text. */
  #dropTo(keep: number): number {
    const rest = this.#items.slice(this.#head);
    const before = this.#bytes;
    const kept = rest.filter((item) => {
      if (typeof item === 'function' || this.#bytes <= keep) return true;
      this.#bytes -= item.length;
      return false;
    });
    this.#items = kept;
    this.#head = 0;
    return before - this.#bytes;
  }

  #advance(): void {
    this.#head += 1;
    if (this.#head < this.#items.length && this.#head < 1_024) return;
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
