import type { CastEvent, CastHeader, TerminalSize } from '@muster/protocol';

/** The lines of an asciicast v2 (B11), each with its newline. Times go in as ms since 1970 and never run back. */
export class CastLines {
  readonly #title: string;
  #lines: string[] = [];
  /** ms since 1970; null: no header yet. */
  #base: number | null = null;
  #time = 0;

  constructor(title: string) {
    this.#title = title;
  }

  get hasHeader(): boolean {
    return this.#base !== null;
  }

  /** The header, if there is none yet: all times are counted from the first. */
  writeHeader(time: number, { cols, rows }: TerminalSize): void {
    if (this.#base !== null) return;
    this.#base = time;
    const header: CastHeader = {
      version: 2,
      width: cols,
      height: rows,
      timestamp: Math.floor(time / 1000),
      title: this.#title,
      env: { TERM: 'xterm-256color' },
    };
    this.#lines.push(`${JSON.stringify(header)}\n`);
  }

  /** After `begin`. */
  writeEvent(time: number, code: CastEvent[1], data: string): void {
    this.#time = Math.max(this.#time, time - (this.#base ?? time));
    const event: CastEvent = [Math.round(this.#time) / 1000, code, data];
    this.#lines.push(`${JSON.stringify(event)}\n`);
  }

  /** Those since the last time. */
  take(): string {
    const text = this.#lines.join('');
    this.#lines = [];
    return text;
  }
}
