import type { Position } from '@muster/protocol';
import { joined } from '../spool/bytes.ts';
import type { Step, StreamReader } from './reader.ts';

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

/** What a frame of plain lines does to a terminal: ends so many lines, and sets attributes. */
interface Lines {
  readonly returns: number;
  /** Since everything was last reset. */
  readonly sgr: string;
  readonly resets: boolean;
  /** It ends within an SGR sequence. */
  readonly torn: string;
}

interface Ahead {
  readonly at: Position;
  readonly step: Step | null;
  readonly lines: Lines;
}

const NO_LINES: Lines = { returns: 0, sgr: '', resets: false, torn: '' };

/**
 * Reads a stream, and passes over lines of plain text that are above the scrollback by the time all that waits is
 * parsed: then the emulator ends as if it had parsed them, and a flood costs it next to nothing. What is more than text,
 * line ends and attributes is never passed over.
 */
export class FastForward {
  readonly #reader: StreamReader;
  #ahead: Ahead[] = [];
  #bytes = 0;
  #returns = 0;
  /** Attributes set in what was passed over. */
  #sgr = '';
  #passed = false;
  /** What came behind what is ahead; undefined: that is not known yet. */
  #behind: { readonly at: Position; readonly step: Step | null } | undefined;
  #torn = '';
  #at: Position | null = null;

  constructor(reader: StreamReader) {
    this.#reader = reader;
  }

  /** The last frame that was returned. */
  get at(): Position | null {
    return this.#at;
  }

  has(place: Position): boolean {
    return this.#reader.reaches(this.#at, place);
  }

  /**
   * The next frame; null where there is none yet. `keeps`: the lines that the terminal keeps, where its state lets lines
   * be passed over; null: none may be now.
   */
  read(keeps: number | null): { readonly step: Step | null } | null {
    if (keeps !== null && this.#behind === undefined && this.#look(keeps)) return { step: null };
    const next = this.#ahead.shift();
    if (next !== undefined) return this.#give(next);
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

  #give({ at, step, lines }: Ahead): { readonly step: Step | null } {
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
  #look(keeps: number): boolean {
    if (this.#ahead.length === 0) this.#torn = '';
    for (let looked = 0; looked < LOOK_BYTES; ) {
      if (this.#bytes >= AHEAD_BYTES) return false;
      const frame = this.#reader.read();
      const at = this.#reader.at;
      if (frame === null || at === null) return false;
      const data = frame.step?.type === 'output' ? frame.step.data : null;
      const lines = frame.step === null ? NO_LINES : data === null ? null : linesOf(data, this.#torn);
      if (lines === null) {
        this.#behind = { at, step: frame.step };
        return false;
      }
      this.#torn = lines.torn;
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

/** Null: it is more than plain lines. `torn`: the sequence in which the frame before it ended. */
function linesOf(data: Uint8Array, torn: string): Lines | null {
  let returns = 0;
  let sgr = '';
  let resets = false;
  let sequence = torn;
  let own = '';
  for (let at = 0; at < data.length; at += 1) {
    const byte = data[at] ?? 0;
    if (sequence === '' && byte !== ESCAPE) {
      if (byte === NEWLINE && data[at - 1] === RETURN) returns += 1;
      else if (!isText(byte, data[at + 1])) return null;
      continue;
    }
    const character = String.fromCharCode(byte);
    sequence += character;
    own += character;
    if (SGR_BEGUN.test(sequence)) continue;
    if (!SGR.test(sequence)) return null;
    if (RESET.test(sequence) && own === sequence) {
      sgr = sequence;
      resets = true;
    } else sgr += own;
    sequence = '';
    own = '';
  }
  return { returns, sgr: sgr + own, resets, torn: sequence };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with an escape character
const SGR_BEGUN = /^\x1b(?:\[[\d;:]{0,64})?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with an escape character
const SGR = /^\x1b\[[\d;:]*m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with an escape character
const RESET = /^\x1b\[0?m$/;

/** No control but those of lines, in seven bits or in eight. */
function isText(byte: number, next: number | undefined): boolean {
  if (byte === NEWLINE || byte === RETURN || byte === TAB || byte === BELL) return true;
  if (byte < 0x20 || byte === 0x7f) return false;
  return byte !== C1_LEAD || (next !== undefined && next >= FIRST_NO_C1);
}
