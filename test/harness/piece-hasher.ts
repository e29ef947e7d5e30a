import { createHash, type Hash } from 'node:crypto';

/** A stream in pieces of one size: the SHA-256 of each that is whole, and of the last when `size` divides it. */
export class PieceHasher {
  readonly done: string[] = [];
  readonly #size: number;
  #hash: Hash = createHash('sha256');
  #filled = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const part = data.subarray(at, at + this.#size - this.#filled);
      this.#hash.update(part);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#size) this.#next();
    }
  }

  #next(): void {
    this.done.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}
