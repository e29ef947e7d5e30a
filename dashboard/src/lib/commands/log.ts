import { LINE_LENGTH, Line, type Span } from './line.ts';
import { PLAIN, restyled, type Style } from './sgr.ts';

export type Stream = 'stdout' | 'stderr';
/** `lost`: output was printed here that nobody has any more; its text says what. */
export interface LogLine {
  /** Counts up and is never used twice, so that a list can be keyed by it. */
  readonly number: number;
  readonly stream: Stream | 'lost';
  readonly spans: readonly Span[];
}

interface Half {
  style: Style;
  /** An escape sequence that is not complete. */
  pending: string;
}

/** Lines that are kept where nobody says how many; the oldest go first. */
export const LOG_LINES = 2_000;
/** Text of this length that is still no escape sequence was never meant as one. */
const PENDING_CHARS = 4_096;
const TAB = 8;
const TOKEN = new RegExp(
  [
    // CSI: its parameters, and the letter that says what it does.
    '\\u001b\\[([0-?]*)[ -/]*([@-~])',
    // OSC, DCS and the like, to their end.
    '\\u001b[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)',
    '\\u001b[ -/]*[0-OQ-WYZ\\\\`-~]',
    '[\\u0000-\\u001a\\u001c-\\u001f\\u007f]',
    '[^\\u0000-\\u001f\\u007f]+',
  ].join('|'),
  'y',
);

/**
 * The output of a command without a terminal, line by line: colours are obeyed, and so is what rewrites the line it
 * stands in, as a progress bar does. All that would move elsewhere is left out: there is no screen to move on.
 */
export class OutputLog {
  readonly #done: LogLine[] = [];
  #line = new Line();
  #column = 0;
  #stream: Stream = 'stdout';
  #number = 1;
  readonly #halves: Record<Stream, Half> = {
    stdout: { style: PLAIN, pending: '' },
    stderr: { style: PLAIN, pending: '' },
  };
  readonly #most: number;
  /** Lines that were dropped at the top. */
  dropped = 0;

  /** `most`: lines that are kept. */
  constructor(most = LOG_LINES) {
    this.#most = most;
  }

  /** All lines, the one that is being written last. */
  get lines(): readonly LogLine[] {
    return this.#line.length === 0 ? this.#done : [...this.#done, this.#current()];
  }

  write(text: string, stream: Stream): void {
    if (stream !== this.#stream && this.#line.length > 0) this.#feed();
    this.#stream = stream;
    const half = this.#halves[stream];
    const all = half.pending + text;
    half.pending = '';
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < all.length) {
      const at = TOKEN.lastIndex;
      const token = TOKEN.exec(all);
      if (token !== null) this.#take(half, token);
      else if (all.length - at > PENDING_CHARS) TOKEN.lastIndex = at + 1;
      else {
        half.pending = all.slice(at);
        return;
      }
    }
  }

  /** A hole in what was printed. `what`: as much as is known of it. */
  lost(what = ''): void {
    if (this.#line.length > 0) this.#feed();
    this.#push({ number: this.#number++, stream: 'lost', spans: [{ text: what, style: PLAIN }] });
  }

  #take(half: Half, [token, parameters, final]: RegExpExecArray): void {
    if (final !== undefined) this.#control(half, parameters ?? '', final);
    else if (token.charCodeAt(0) >= 0x20 && token !== '\u007f') this.#put(token, half.style);
    else if (token === '\n') this.#feed();
    else if (token === '\r') this.#column = 0;
    else if (token === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (token === '\t') this.#put(' '.repeat(TAB - (this.#column % TAB)), half.style);
  }

  #control(half: Half, parameters: string, final: string): void {
    const count = Number(parameters.split(';')[0]) || 0;
    if (final === 'm') half.style = restyled(half.style, parameters);
    else if (final === 'K') this.#erase(count);
    else if (final === 'G') this.#column = Math.min(LINE_LENGTH, Math.max(0, count - 1));
    else if (final === 'C') this.#column = Math.min(LINE_LENGTH, this.#column + Math.max(1, count));
    else if (final === 'D') this.#column = Math.max(0, this.#column - Math.max(1, count));
  }

  #erase(how: number): void {
    if (how === 0) this.#line.cut(this.#column);
    else if (how === 2) this.#line.cut(0);
    else this.#line.blank(this.#column + 1);
  }

  #put(text: string, style: Style): void {
    this.#column = this.#line.put(this.#column, text, style);
  }

  #current(): LogLine {
    return { number: this.#number, stream: this.#stream, spans: this.#line.spans };
  }

  #feed(): void {
    this.#push(this.#current());
    this.#number += 1;
    this.#line = new Line();
    this.#column = 0;
  }

  #push(line: LogLine): void {
    this.#done.push(line);
    if (this.#done.length <= this.#most) return;
    this.#done.shift();
    this.dropped += 1;
  }
}
