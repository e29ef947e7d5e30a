import { joined } from '../spool/bytes.ts';
import { VT } from './vt.ts';
import { VtTracker } from './vt-tracker.ts';

/**
 * Bytes of one unfinished sequence that are kept at most. A longer one (an image, a clipboard) is discarded: it then
 * does nothing, whatever its end.
 */
export const MAX_SEQUENCE_BYTES = 64 * 1024;

/** Brings a parser into a state from which the rest of an unfinished sequence does nothing. */
function inertPrefix(state: number): string {
  switch (state) {
    case VT.osc:
      return '\x1b]999999;';
    case VT.ignoredString:
      return '\x1bX';
    case VT.dcsEntry:
    case VT.dcsParam:
    case VT.dcsIgnore:
    case VT.dcsIntermediate:
    case VT.dcs:
      return '\x1bP<<';
    case VT.csiEntry:
    case VT.csiParam:
    case VT.csiIntermediate:
    case VT.csiIgnore:
      return '\x1b[0<';
    default:
      return '\x1b  ';
  }
}

/** Cuts a stream where its parser is in ground state, and buffers the incomplete sequence that follows: S14's `pending`. */
export class SequenceBuffer {
  #tracker = new VtTracker();
  #parts: Uint8Array[] = [];
  #size = 0;

  get pending(): Uint8Array {
    return joined(this.#parts);
  }

  /** Returns the bytes that may be parsed now: all up to the last place where the parser is in ground state. */
  push(data: Uint8Array): Uint8Array {
    const rest = this.#tracker.scan(data);
    if (rest === 0) {
      this.#append(data);
      return new Uint8Array(0);
    }
    const ready =
      this.#size === 0 ? data.subarray(0, rest) : joined([...this.#parts, data.subarray(0, rest)]);
    this.#parts = [];
    this.#size = 0;
    this.#append(data.subarray(rest));
    return ready;
  }

  #append(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#parts.push(data.slice());
    this.#size += data.length;
    if (this.#size > MAX_SEQUENCE_BYTES) this.#discard();
  }

  #discard(): void {
    const bytes = new TextEncoder().encode(inertPrefix(this.#tracker.state));
    this.#tracker = new VtTracker();
    this.#tracker.scan(bytes);
    this.#parts = [bytes];
    this.#size = bytes.length;
  }
}
