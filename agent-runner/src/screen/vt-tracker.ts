import { VT, vtNext } from './vt.ts';

const ESCAPE = 0x1b;

/**
 * Follows the bytes of a terminal as its parser does, to know where that is at rest: between characters and
 * between sequences, where a snapshot can be taken. Invalid UTF-8 is skipped, as xterm.js does. Pure.
 */
export class VtTracker {
  #state: number = VT.ground;
  /** Bytes of a character that are still to come, how many it has in all, and what is known of it. */
  #missing = 0;
  #length = 0;
  #code = 0;

  get state(): number {
    return this.#state;
  }

  get isInGround(): boolean {
    return this.#state === VT.ground && this.#missing === 0;
  }

  /** How many bytes of `data` come before the last place at rest; 0 where it never is after one of them. */
  scan(data: Uint8Array): number {
    let rest = 0;
    for (let at = 0; at < data.length; at += 1) {
      const byte = data[at] ?? 0;
      // Most bytes are text, which changes nothing.
      if (this.#state !== VT.ground || this.#missing !== 0 || byte >= 0x80 || byte === ESCAPE) {
        this.#take(byte);
        if (this.#state !== VT.ground || this.#missing !== 0) continue;
      }
      rest = at + 1;
    }
    return rest;
  }

  #take(byte: number): void {
    if (this.#missing > 0 && (byte & 0xc0) === 0x80) {
      this.#code = (this.#code << 6) | (byte & 0x3f);
      this.#missing -= 1;
      if (this.#missing === 0 && isCharacter(this.#code, this.#length)) this.#step(this.#code);
      return;
    }
    // A character that breaks off is dropped, and the byte that broke it begins anew.
    this.#missing = 0;
    if (byte < 0x80) this.#step(byte);
    else if (byte >= 0xc0 && byte < 0xf8) this.#begin(byte);
  }

  #begin(byte: number): void {
    this.#length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    this.#missing = this.#length - 1;
    this.#code = byte & (0xff >> (this.#length + 1));
  }

  #step(code: number): void {
    this.#state = vtNext(this.#state, code);
  }
}

const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];
const BYTE_ORDER_MARK = 0xfeff;

/** Not encoded too long, no surrogate, and no byte order mark, which is dropped. */
function isCharacter(code: number, length: number): boolean {
  if (code < (LEAST[length] ?? 0) || code > 0x10_ffff || code === BYTE_ORDER_MARK) return false;
  return code < 0xd800 || code > 0xdfff;
}
