const ESCAPE = 0x1b;
const BELL = 0x07;
/** Parameters of a question are fewer characters than this. */
const LONGEST = 32;
/** Characters of an OSC that tell whether it asks for anything. */
const ASKING_OSC = /^(?:4|1\d|21|99);/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: strings end with a control character
const ENDED = /[\x07\x1b]/;
const NOTHING = Buffer.alloc(0);
/** C1 controls as UTF-8: CSI, DCS and OSC in eight bits. */
const EIGHT_BITS = [0x9b, 0x90, 0x9d].map((code) => Buffer.from([0xc2, code]));

/** Which finals ask something, by what stands before them. */
function asks(final: number, params: string): boolean {
  switch (String.fromCharCode(final)) {
    case 'c':
    case 'n':
    case 't':
    case 'x':
      return true;
    case 'p':
      return params.endsWith('$');
    case 'q':
      return params.startsWith('>');
    case 'u':
    case 'm':
      return params.startsWith('?');
    default:
      return false;
  }
}

/**
 * P8: notices in what a program prints that it may be asking its terminal something, so that the emulator hurries. It
 * reads no state of a terminal and may be wrong: then the emulator hurries for nothing.
 */
export class QuestionScanner {
  /** An unfinished sequence. */
  #tail: Uint8Array = NOTHING;
  /** Within a string that may ask. */
  #open = false;

  /** Whether a question may end in `data`. */
  sees(data: Uint8Array): boolean {
    const bytes =
      this.#tail.length === 0
        ? Buffer.from(data.buffer, data.byteOffset, data.length)
        : Buffer.concat([this.#tail, data]);
    this.#tail = NOTHING;
    let found = EIGHT_BITS.some((control) => bytes.includes(control));
    if (this.#open && bytes.includes(BELL)) {
      this.#open = false;
      found = true;
    }
    for (let at = bytes.indexOf(ESCAPE); at >= 0; at = bytes.indexOf(ESCAPE, at + 1)) {
      const kind = bytes[at + 1];
      if (kind === undefined) this.#keep(bytes, at);
      else if (kind === 0x5b) found = this.#control(bytes, at) || found;
      else if (kind === 0x5d || kind === 0x50) found = this.#string(bytes, at, kind === 0x50) || found;
      else if (kind === 0x5a) found = true;
      else if (kind === 0x5c) {
        found ||= this.#open;
        this.#open = false;
      }
    }
    return found;
  }

  #keep(bytes: Buffer, at: number): false {
    this.#tail = Uint8Array.prototype.slice.call(bytes, at);
    return false;
  }

  #control(bytes: Buffer, at: number): boolean {
    for (let end = at + 2; end < at + LONGEST; end += 1) {
      const byte = bytes[end];
      if (byte === undefined) return this.#keep(bytes, at);
      if (byte >= 0x40) return asks(byte, bytes.toString('latin1', at + 2, end));
    }
    return false;
  }

  /** An OSC or a DCS: it asks when it ends. */
  #string(bytes: Buffer, at: number, isDevice: boolean): boolean {
    const head = bytes.toString('latin1', at + 2, at + 2 + 4);
    if (head.length < 4 && !ENDED.test(head)) return this.#keep(bytes, at);
    if (isDevice ? !/^[\d;]*[$+]q/.test(head) : !ASKING_OSC.test(head)) return false;
    this.#open = true;
    const bell = bytes.indexOf(BELL, at + 2);
    const next = bytes.indexOf(ESCAPE, at + 2);
    if (bell < 0 || (next >= 0 && next < bell)) return false;
    this.#open = false;
    return true;
  }
}
