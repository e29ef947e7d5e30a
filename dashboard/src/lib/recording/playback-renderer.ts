import type { RecordedEvent, Recording } from './cast-reader.ts';
import { drawFrom } from './playback.ts';

/** Characters written at a time while a place is sought, so that the page stays awake. */
const PORTION_CHARS = 256 * 1024;

/** The part of an emulator that a recording is drawn on. */
export interface PlaybackTerminal {
  write(text: string, done: () => void): void;
  resize(cols: number, rows: number): void;
  reset(): void;
}

/** Draws a recording up to a number of its events, forward or back; only the newest wish counts. */
export class PlaybackRenderer {
  readonly #terminal: PlaybackTerminal;
  readonly #recording: Recording;
  #drawn = 0;
  #wanted = 0;
  #drawing = false;

  constructor(terminal: PlaybackTerminal, recording: Recording) {
    this.#terminal = terminal;
    this.#recording = recording;
    this.#restart();
  }

  /** Resolves when the newest wish is drawn; at once while another call is at it. */
  async show(count: number): Promise<void> {
    this.#wanted = count;
    if (this.#drawing) return;
    this.#drawing = true;
    while (this.#drawn !== this.#wanted) await this.#step();
    this.#drawing = false;
  }

  async #step(): Promise<void> {
    const { events } = this.#recording;
    const from = drawFrom(events, this.#drawn, this.#wanted);
    if (from < this.#drawn) this.#restart();
    this.#drawn = from;
    const text: string[] = [];
    let chars = 0;
    for (; this.#drawn < this.#wanted && chars < PORTION_CHARS; this.#drawn += 1) {
      const happening = events[this.#drawn];
      if (happening?.type === 'output') {
        text.push(happening.text);
        chars += happening.text.length;
      } else if (happening?.type === 'resize') {
        await this.#write(text.splice(0).join(''));
        this.#resize(happening);
      }
    }
    await this.#write(text.join(''));
  }

  #restart(): void {
    this.#terminal.reset();
    this.#drawn = 0;
    const { width, height } = this.#recording.header;
    this.#terminal.resize(width, height);
  }

  #resize({ cols, rows }: Extract<RecordedEvent, { type: 'resize' }>): void {
    this.#terminal.resize(cols, rows);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }
}
