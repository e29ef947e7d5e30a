import type { Position } from '@muster/protocol';
import { joined } from '../spool/bytes.ts';
import type { Step, StreamReader } from './stream-reader.ts';

/** Frames that are read ahead, bytes: lines longer than that would allow are parsed like anything else. */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** Looked at in one go, bytes: about a millisecond. */
const LOOK_BYTES = 256 * 1024;
/** Attributes that are set in what is passed over, bytes. */
const SGR_BYTES = 4 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ESCAPE = 0x1b;
const TAB = 0x09;
const BELL = 0x07;
/** U+0080 to U+009F are controls, and begin with this byte. */
const C1_LEAD = 0xc2;
const FIRST_NO_C1 = 0xa0;
const OPEN = 0x5b;
const FINAL = 0x6d;
const ZERO = 0x30;
/** Characters of an SGR sequence. */
const LONGEST = 64;

/** The effect of a frame of plain lines on a terminal: it ends so many lines, and sets attributes. */
interface Lines {
  readonly returns: number;
  /** Since everything was last reset. */
  readonly sgr: string;
  readonly resets: boolean;
  /** It ends within an SGR sequence. */
  readonly torn: string;
}

interface ReadAhead {
  readonly at: Position;
  readonly step: Step | null;
  readonly lines: Lines;
}

const NO_LINES: Lines = { returns: 0, sgr: '', resets: false, torn: '' };

/**
 * Reads a stream, and passes over lines of plain text that are above the scrollback by the time all that waits is
 * parsed: then the emulator ends as if it had parsed them, and a flood costs it next to nothing. Anything more than text,
 * line ends and attributes is never passed over.
 */
export class FastForward {
  readonly #reader: StreamReader;
  #ahead: ReadAhead[] = [];
  #bytes = 0;
  #returns = 0;
  /** Attributes set in what was passed over. */
  #sgr = '';
  #passed = false;
  /** The frame behind those that were read ahead; undefined: it is not known yet. */
  #behind: { readonly at: Position; readonly step: Step | null } | undefined;
  #partialLine = '';
  #at: Position | null = null;

  constructor(reader: StreamReader) {
    this.#reader = reader;
  }

  /** The last frame that was returned. */
  get at(): Position | null {
    return this.#at;
  }

  has(place: Position): boolean {
    return this.#reader.hasReached(this.#at, place);
  }

  /**
   * The next frame; null where there is none yet. `keeps`: the lines that the terminal keeps, where its state lets lines
   * be passed over; null: none may be now.
   */
  read(keeps: number | null): { readonly step: Step | null } | null {
    if (keeps !== null && this.#behind === undefined && this.#peek(keeps)) return { step: null };
    const next = this.#ahead.shift();
    if (next !== undefined) return this.#emit(next);
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind !== undefined) {
      this.#at = behind.at;
      return behind;
    }
    const frame = this.#reader.read();
    if (frame !== null) this.#at = this.#reader.at;
    return frame;
  }

  #emit({ at, step, lines }: ReadAhead): { readonly step: Step | null } {
    this.#at = at;
    this.#returns -= lines.returns;
    if (step?.type !== 'output') return { step };
    this.#bytes -= step.data.length;
    if (!this.#passed) return { step };
    const sgr = Buffer.from(this.#sgr, 'latin1');
    this.#sgr = '';
    this.#passed = false;
    return { step: { type: 'output', data: joined([sgr, step.data]) } };
  }

  /** Reads ahead; true: there is more to look at before anything is given. */
  #peek(keeps: number): boolean {
    if (this.#ahead.length === 0) this.#partialLine = '';
    for (let looked = 0; looked < LOOK_BYTES; ) {
      if (this.#bytes >= AHEAD_BYTES) return false;
      const frame = this.#reader.read();
      const at = this.#reader.at;
      if (frame === null || at === null) return false;
      const data = frame.step?.type === 'output' ? frame.step.data : null;
      const lines = frame.step === null ? NO_LINES : data === null ? null : linesOf(data, this.#partialLine);
      if (lines === null) {
        this.#behind = { at, step: frame.step };
        return false;
      }
      this.#partialLine = lines.torn;
      this.#ahead.push({ at, step: frame.step, lines });
      this.#returns += lines.returns;
      looked += data?.length ?? 1;
      this.#bytes += data?.length ?? 0;
      if (!this.#pass(keeps)) return false;
    }
    return true;
  }

  /** False: nothing more can be passed over. */
  #pass(keeps: number): boolean {
    for (let head = this.#ahead[0]; head !== undefined; head = this.#ahead[0]) {
      const { lines, step } = head;
      // The first line that is kept may begin anywhere; it is gone too when as many are below it.
      if (this.#returns - lines.returns <= keeps + 1) return true;
      const sgr = (lines.resets ? '' : this.#sgr) + lines.sgr;
      if (sgr.length > SGR_BYTES) return false;
      this.#sgr = sgr;
      this.#passed = true;
      this.#returns -= lines.returns;
      this.#bytes -= step?.type === 'output' ? step.data.length : 0;
      this.#ahead.shift();
    }
    return true;
  }
}

/** The classes of a byte of plain text. */
const KIND = { other: 0, text: 1, newline: 2, escape: 3, lead: 4 } as const;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === NEWLINE) return KIND.newline;
  if (byte === ESCAPE) return KIND.escape;
  if (byte === C1_LEAD) return KIND.lead;
  const isControl = byte < 0x20 && byte !== RETURN && byte !== TAB && byte !== BELL;
  return isControl || byte === 0x7f ? KIND.other : KIND.text;
});

/** Null: it is more than plain lines. `torn`: the sequence in which the frame before it ended. */
function linesOf(data: Uint8Array, torn: string): Lines | null {
  const begun = torn === '' ? { end: 0 } : endOfTorn(data, torn);
  if (begun === null) return null;
  let returns = 0;
  let resets = false;
  /** Where sequences lie that count: since the last reset. */
  let sequences: number[] = begun.end === 0 ? [] : [0, begun.end];
  let rest = '';
  for (let at = begun.end; at < data.length; at += 1) {
    const kind = KINDS[data[at] ?? 0];
    if (kind === KIND.text) continue;
    if (kind === KIND.newline) {
      if (data[at - 1] === RETURN) returns += 1;
    } else if (kind === KIND.escape) {
      const end = endOfSgr(data, at + 1);
      if (end === null) return null;
      if (isReset(data, at, end)) {
        sequences = [];
        resets = true;
      }
      sequences.push(at, end);
      if (end > data.length) rest = textOf(data, at, data.length);
      at = end - 1;
    } else if (kind === KIND.other || (data[at + 1] ?? 0) < FIRST_NO_C1) return null;
  }
  let sgr = '';
  for (let at = 0; at < sequences.length; at += 2)
    sgr += textOf(data, sequences[at] ?? 0, Math.min(data.length, sequences[at + 1] ?? 0));
  return { returns, sgr, resets, torn: begun.end > data.length ? torn + sgr : rest };
}

const textOf = (data: Uint8Array, from: number, to: number) =>
  Buffer.from(data.buffer, data.byteOffset + from, to - from).toString('latin1');

/** Behind the `m`; beyond the data where it does not end there; null: it is no SGR. `at`: behind its escape character. */
function endOfSgr(data: Uint8Array, at: number): number | null {
  if (at < data.length && data[at] !== OPEN) return null;
  for (let end = at + 1; end < at + LONGEST; end += 1) {
    const byte = data[end];
    if (byte === undefined) return data.length + 1;
    if (byte === FINAL) return end + 1;
    if (byte < 0x30 || byte > 0x3b) return null;
  }
  return null;
}

/** The same of one that began in the frame before. */
function endOfTorn(data: Uint8Array, torn: string): { readonly end: number } | null {
  const whole = Buffer.concat([Buffer.from(torn, 'latin1'), data.subarray(0, LONGEST)]);
  const end = endOfSgr(whole, 1);
  return end === null ? null : { end: end > whole.length ? data.length + 1 : end - torn.length };
}

const isReset = (data: Uint8Array, at: number, end: number): boolean =>
  end <= data.length && (end - at === 3 || (end - at === 4 && data[at + 2] === ZERO));
