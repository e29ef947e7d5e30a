import type { TerminalSize } from '@muster/protocol';
import type { Said } from './command.ts';
import { CastLines } from './lines.ts';
import { TextJoiner } from './text.ts';

/** How it is written down what a command printed. */
export interface Form {
  said(one: Said): void;
  /** After the last of it. */
  end(): void;
  /** The text since the last time. */
  take(): string;
}

/** stdout and stderr. */
const joiners = (setting: { readonly lines?: boolean } = {}) => [0, 1].map(() => new TextJoiner(setting));

/** As it came; what is missing is a line in brackets. */
export class PlainForm implements Form {
  readonly #streams = joiners();
  #text = '';

  said(one: Said): void {
    if (one.type === 'resized') return;
    this.#text +=
      one.type === 'gap' ? `\n[${one.what}]\n` : (this.#streams[one.stream]?.push(one.data) ?? '');
  }

  end(): void {
    for (const stream of this.#streams) this.#text += stream.end();
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

export interface CommandSetting {
  readonly title: string;
  readonly size: TerminalSize;
  /** What it printed passed no terminal. */
  readonly pipe: boolean;
  /** ms since 1970: of one that printed nothing. */
  readonly at: number;
}

/** An asciicast v2 (B11); what is missing is a marker. */
export class CastForm implements Form {
  readonly #streams: readonly TextJoiner[];
  readonly #lines: CastLines;
  #newest: number;
  #size: TerminalSize;

  constructor(setting: CommandSetting) {
    this.#streams = joiners({ lines: setting.pipe });
    this.#lines = new CastLines(setting.title);
    this.#newest = setting.at;
    this.#size = setting.size;
  }

  said(one: Said): void {
    this.#newest = one.time;
    if (one.type === 'resized') this.#resized(one);
    else if (one.type === 'gap') this.#say('m', `gap: ${one.what}`);
    else this.#say('o', this.#streams[one.stream]?.push(one.data) ?? '');
  }

  end(): void {
    for (const stream of this.#streams) this.#say('o', stream.end());
    this.#lines.begin(this.#newest, this.#size);
  }

  take(): string {
    return this.#lines.take();
  }

  /** Before anything is printed it is what it begins with. */
  #resized({ cols, rows }: TerminalSize): void {
    this.#size = { cols, rows };
    if (this.#lines.begun) this.#say('r', `${cols}x${rows}`);
  }

  #say(code: 'o' | 'r' | 'm', text: string): void {
    if (text === '') return;
    this.#lines.begin(this.#newest, this.#size);
    this.#lines.say(this.#newest, code, text);
  }
}
