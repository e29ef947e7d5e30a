import { PLAIN, restyled, type Style } from './sgr.ts';

export type Stream = 'stdout' | 'stderr';
/** A run of characters that are drawn alike. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}
/** `lost`: output was printed here that nobody has any more; its text says what. */
export interface LogLine {
  /** Counts up and is never used twice, so that a list can be keyed by it. */
  readonly number: number;
  readonly stream: Stream | 'lost';
  readonly spans: readonly Span[];
}

interface Cell {
  readonly character: string;
  readonly style: Style;
}
interface Half {
  style: Style;
  /** An escape sequence that is not complete. */
  pending: string;
}

/** Lines that are kept where nobody says how many; the oldest go first. */
export const LOG_LINES = 2_000;
/** Characters of one line: what a program prints without a line feed is cut here. */
const LINE_CHARS = 4_000;
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
  #cells: Cell[] = [];
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
    return this.#cells.length === 0 ? this.#done : [...this.#done, this.#current()];
  }

  write(text: string, stream: Stream): void {
    if (stream !== this.#stream && this.#cells.length > 0) this.#feed();
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
    if (this.#cells.length > 0) this.#feed();
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
    else if (final === 'G') this.#column = Math.min(LINE_CHARS, Math.max(0, count - 1));
    else if (final === 'C') this.#column = Math.min(LINE_CHARS, this.#column + Math.max(1, count));
    else if (final === 'D') this.#column = Math.max(0, this.#column - Math.max(1, count));
  }

  #erase(how: number): void {
    if (how === 0) this.#cells.length = Math.min(this.#cells.length, this.#column);
    else if (how === 2) this.#cells = [];
    else for (let at = 0; at <= this.#column && at < this.#cells.length; at += 1) this.#cells[at] = BLANK;
  }

  #put(text: string, style: Style): void {
    for (const character of text) {
      if (this.#column >= LINE_CHARS) return;
      while (this.#cells.length < this.#column) this.#cells.push(BLANK);
      this.#cells[this.#column] = { character, style };
      this.#column += 1;
    }
  }

  #current(): LogLine {
    return { number: this.#number, stream: this.#stream, spans: spansOf(this.#cells) };
  }

  #feed(): void {
    this.#push(this.#current());
    this.#number += 1;
    this.#cells = [];
    this.#column = 0;
  }

  #push(line: LogLine): void {
    this.#done.push(line);
    if (this.#done.length <= this.#most) return;
    this.#done.shift();
    this.dropped += 1;
  }
}

const BLANK: Cell = { character: ' ', style: PLAIN };

function spansOf(cells: readonly Cell[]): readonly Span[] {
  const spans: { text: string; style: Style }[] = [];
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.style === style) last.text += character;
    else spans.push({ text: character, style });
  }
  return spans;
}
