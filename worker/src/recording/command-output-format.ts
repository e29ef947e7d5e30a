import type { TerminalSize } from '@muster/protocol';
import { CastLines } from './cast-lines.ts';
import type { CommandOutput } from './command-frames.ts';
import { TextJoiner } from './text-joiner.ts';

/** Writes a command's output as text. */
export interface CommandOutputFormat {
  write(one: CommandOutput): void;
  /** After the last of it. */
  end(): void;
  /** The text since the last time. */
  take(): string;
}

/** stdout and stderr. */
const joiners = (setting: { readonly lines?: boolean } = {}) => [0, 1].map(() => new TextJoiner(setting));

/** As it came; what is missing is a line in brackets. */
export class PlainTextFormat implements CommandOutputFormat {
  readonly #streams = joiners();
  #buffer = '';

  write(one: CommandOutput): void {
    if (one.type === 'resized') return;
    this.#buffer +=
      one.type === 'gap' ? `\n[${one.what}]\n` : (this.#streams[one.stream]?.push(one.data) ?? '');
  }

  end(): void {
    for (const stream of this.#streams) this.#buffer += stream.end();
  }

  take(): string {
    const text = this.#buffer;
    this.#buffer = '';
    return text;
  }
}

export interface CommandOutputOptions {
  readonly title: string;
  readonly size: TerminalSize;
  /** Its output did not pass a terminal. */
  readonly pipe: boolean;
  /** ms since 1970: of one that printed nothing. */
  readonly at: number;
}

/** An asciicast v2 (B11); what is missing is a marker. */
export class AsciicastFormat implements CommandOutputFormat {
  readonly #streams: readonly TextJoiner[];
  readonly #lines: CastLines;
  #newest: number;
  #size: TerminalSize;

  constructor(setting: CommandOutputOptions) {
    this.#streams = joiners({ lines: setting.pipe });
    this.#lines = new CastLines(setting.title);
    this.#newest = setting.at;
    this.#size = setting.size;
  }

  write(one: CommandOutput): void {
    this.#newest = one.time;
    if (one.type === 'resized') this.#resized(one);
    else if (one.type === 'gap') this.#writeEvent('m', `gap: ${one.what}`);
    else this.#writeEvent('o', this.#streams[one.stream]?.push(one.data) ?? '');
  }

  end(): void {
    for (const stream of this.#streams) this.#writeEvent('o', stream.end());
    this.#lines.writeHeader(this.#newest, this.#size);
  }

  take(): string {
    return this.#lines.take();
  }

  /** Before anything is printed it is what it begins with. */
  #resized({ cols, rows }: TerminalSize): void {
    this.#size = { cols, rows };
    if (this.#lines.hasHeader) this.#writeEvent('r', `${cols}x${rows}`);
  }

  #writeEvent(code: 'o' | 'r' | 'm', text: string): void {
    if (text === '') return;
    this.#lines.writeHeader(this.#newest, this.#size);
    this.#lines.writeEvent(this.#newest, code, text);
  }
}
