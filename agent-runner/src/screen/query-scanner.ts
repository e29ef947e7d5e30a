const ESCAPE = 0x1b;
const BELL = 0x07;
/** Parameters of a question are fewer characters than this. */
const LONGEST = 32;
/** The beginning of a burst is looked at byte by byte: what a program asks when it starts is there. */
const BEGINNING_BYTES = 64 * 1024;
/**
 * Of the rest, a flood, the end of each read is looked at: who waits for an answer asks last. A question elsewhere is
 * answered too, when the emulator comes to it.
 */
const END_BYTES = 256;
/** After so long without output the next is a burst of its own, ms. */
const PAUSE_MS = 20;
/** Characters of an OSC that tell whether it asks for anything. */
const ASKING_OSC = /^(?:4|1\d|21|99);/;
/** Matches output that may contain a query: next to nothing of what programs print all day. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with an escape character
const CANDIDATE = /\x1b(?:\[[0-?]{0,32}[ -/]?[cntxpqu]|\[\?[0-?]{0,32}m|[\]PZ\\])|\xc2[\x90\x9b\x9d]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: strings end with a control character
const ENDED = /[\x07\x1b]/;
const NOTHING = Buffer.alloc(0);
/** C1 controls as UTF-8: CSI, DCS and OSC in eight bits. */
const EIGHT_BITS = [0x9b, 0x90, 0x9d].map((code) => Buffer.from([0xc2, code]));

const code = (character: string) => character.charCodeAt(0);
/** Finals that ask something by themselves, and those that do behind another character, or before one. */
const ASKS = { never: 0, always: 1, first: 2, last: 3 } as const;
const FINALS = new Uint8Array(256);
const BEFORE = new Uint8Array(256);
for (const final of 'cntx') FINALS[code(final)] = ASKS.always;
for (const [final, before] of ['q>', 'u?', 'm?'].map((pair) => [...pair] as [string, string])) {
  FINALS[code(final)] = ASKS.first;
  BEFORE[code(final)] = code(before);
}
FINALS[code('p')] = ASKS.last;
BEFORE[code('p')] = code('$');

/**
 * P8: detects output that may query the terminal, so that the emulator hurries. It
 * reads no state of a terminal and may be wrong: then the emulator hurries for nothing.
 */
export class QueryScanner {
  /** An unfinished sequence. */
  #tail: Uint8Array = NOTHING;
  /** Within a string that may ask. */
  #open = false;
  /** Bytes of the burst, and when it was last added to, ms. */
  #burst = 0;
  #at = 0;

  /** Whether a question may end in `data`, printed at `now`, ms; of a flood only the ends of reads are looked at. */
  mayContainQuery(data: Uint8Array, now: number): boolean {
    if (Math.abs(now - this.#at) > PAUSE_MS) this.#burst = 0;
    this.#at = now;
    this.#burst += data.length;
    if (this.#burst <= BEGINNING_BYTES || data.length <= END_BYTES) return this.#find(data);
    const isBegun = this.#tail.length > 0 || this.#open;
    const found = isBegun && this.#scan(data.subarray(0, 2 * LONGEST));
    if (this.#open) return this.#scan(data.subarray(2 * LONGEST)) || found;
    this.#tail = NOTHING;
    return this.#find(data.subarray(-END_BYTES)) || found;
  }

  #find(data: Uint8Array): boolean {
    if (this.#tail.length > 0 || this.#open) return this.#scan(data);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    if (CANDIDATE.test(bytes.toString('latin1'))) return this.#scan(data);
    // Colours, as most are; only its end may be the beginning of more.
    const last = bytes.lastIndexOf(ESCAPE);
    return last >= 0 && last >= data.length - LONGEST - 2 && this.#scan(data.subarray(last));
  }

  #scan(data: Uint8Array): boolean {
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
    const from = at + 2;
    for (let end = from; end < from + LONGEST; end += 1) {
      const byte = bytes[end];
      if (byte === undefined) return this.#keep(bytes, at);
      if (byte < 0x40) continue;
      const how = FINALS[byte];
      if (how === ASKS.never) return false;
      return how === ASKS.always || bytes[how === ASKS.first ? from : end - 1] === BEFORE[byte];
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
