import {
  type BatchHeader,
  decodeEvents,
  FRESH_TERMINAL,
  type Frame,
  framesOf,
  type Position,
  type ProgramEvent,
  type Run,
  runBoundary,
  type Snapshot,
  STREAM,
  type TerminalSize,
} from '@muster/protocol';
import { CastLines } from './cast-lines.ts';
import { TextJoiner } from './text-joiner.ts';

export interface CastOptions {
  readonly title: string;
  /** Where the stream tells no size before its first output. */
  readonly size: TerminalSize;
  /** What it printed passed no terminal. */
  readonly pipe: boolean;
  /** ms since 1970, by the host's clock. What a terminal printed before `from` is there at once, since it is still seen. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * Batches, in their order, to the lines of an asciicast v2 (B11). What is missing is a marker; from the next screen on
 * (S14) it shows again what the terminal did. It is text to text: no clock, no reading.
 */
export class CastEncoder {
  readonly #setting: CastOptions;
  readonly #text: readonly TextJoiner[];
  readonly #lines: CastLines;
  #size: TerminalSize;
  /** When the frame read last was printed, ms since 1970. */
  #newest = 0;
  #at: Position | null = null;
  /** The epoch that came before says that nothing of it is missing. */
  #exact = false;
  #done = false;

  constructor(setting: CastOptions) {
    this.#setting = setting;
    this.#lines = new CastLines(setting.title);
    this.#size = setting.size;
    this.#text = [STREAM.stdout, STREAM.stderr].map(() => new TextJoiner({ lines: setting.pipe }));
  }

  /** All up to `to` is there. */
  get done(): boolean {
    return this.#done;
  }

  /** Whether a screen among these frames, or right before them, would be shown. */
  needsScreen(header: BatchHeader): boolean {
    return !this.#setting.pipe && (!this.#exact || header.kind === 'gap' || !this.#follows(header));
  }

  /** `raw`: the unpacked body. `screens`: those that stand after a frame of this batch, or right before its first. */
  batch(bytes: Uint8Array, header: BatchHeader, raw: Uint8Array, screens: readonly Snapshot[]): void {
    if (this.#done || (this.#at?.epoch === header.epoch && header.last <= this.#at.sequence)) return;
    if (header.kind === 'gap') return this.#gap(header, `${header.rawSize} bytes are lost`);
    const decodedEvents = header.kind === 'event' ? decodeEvents(bytes, { ...header }) : null;
    const events = decodedEvents?.ok === true ? decodedEvents.value : [];
    this.#markGapBefore(header, events[0]);
    this.#writeScreen(screens, header.epoch, header.first - 1, header.time);
    let index = 0;
    for (const frame of framesOf(bytes, header, raw)) {
      const event = events[index];
      index += 1;
      if (this.#at?.epoch === header.epoch && frame.sequence <= this.#at.sequence) continue;
      if (this.#setting.to !== undefined && frame.time > this.#setting.to) {
        this.#done = true;
        return;
      }
      this.#newest = frame.time;
      if (header.kind === 'output') this.#output(header, frame);
      else if (event !== undefined) this.#event(event, frame.time);
      this.#at = { epoch: header.epoch, sequence: frame.sequence };
      this.#writeScreen(screens, header.epoch, frame.sequence, frame.time);
    }
  }

  /** The lines since the last time, each with its newline. */
  take(): string {
    return this.#lines.take();
  }

  /** After the last batch: what waited for its rest, and a header even if nothing was printed. */
  end(): void {
    for (const joiner of this.#text) this.#writeEvent(this.#newest, 'o', joiner.end());
    this.#lines.writeHeader(this.#setting.from ?? this.#newest, this.#size);
  }

  #follows({ epoch, first }: BatchHeader): boolean {
    return this.#at?.epoch === epoch && first <= this.#at.sequence + 1;
  }

  /** What lies between the last batch and this one. */
  #markGapBefore(header: BatchHeader, event: ProgramEvent | undefined): void {
    if (this.#follows(header)) return;
    const before = this.#at;
    const whole = header.first === 1;
    if (before === null) {
      this.#exact = whole;
      if (!whole) this.#writeEvent(header.time, 'm', 'the beginning is no longer kept');
      return;
    }
    if (before.epoch === header.epoch) {
      this.#exact = false;
      this.#writeEvent(header.time, 'm', `gap: ${header.first - 1 - before.sequence} frames are missing`);
      return;
    }
    const previous = whole && event?.type === 'epoch:open' ? event.previous : null;
    if (previous?.epoch === before.epoch && previous.complete && previous.last === before.sequence) return;
    this.#exact = false;
    this.#writeEvent(header.time, 'm', 'gap: the host lost what was printed before');
  }

  #gap({ epoch, last, time }: BatchHeader, what: string): void {
    this.#exact = false;
    this.#writeEvent(time, 'm', `gap: ${what}`);
    this.#at = { epoch, sequence: last };
  }

  #output({ command }: BatchHeader, { stream, data, time }: Frame): void {
    if (command !== '') return;
    if (this.#setting.pipe && time < (this.#setting.from ?? time)) return;
    this.#writeEvent(time, 'o', this.#text[stream]?.push(data) ?? '');
  }

  #event(event: ProgramEvent, time: number): void {
    if (event.type === 'program:resized') this.#resize(event, time);
    if (event.type === 'program:status' && event.run !== undefined) this.#beginRun(event.run, time);
  }

  /** P7: in any player the same as in the pages. */
  #beginRun(run: Run, time: number): void {
    // What was cut off is no character of the next run.
    for (const joiner of this.#text) joiner.end();
    if (run.terminal !== undefined) this.#resize(run.terminal, time);
    if (this.#setting.pipe && time < (this.#setting.from ?? time)) return;
    this.#writeEvent(time, 'o', runBoundary(run));
  }

  #resize({ cols, rows }: TerminalSize, time: number): void {
    const same = this.#size.cols === cols && this.#size.rows === rows;
    this.#size = { cols, rows };
    if (this.#lines.hasHeader && !same) this.#writeEvent(time, 'r', `${cols}x${rows}`);
  }

  /** S14: a screen takes the place of what is shown, where that is not sure to be right. */
  #writeScreen(screens: readonly Snapshot[], epoch: string, sequence: number, time: number): void {
    if (this.#exact) return;
    const screen = screens.find((one) => one.epoch === epoch && one.sequence === sequence);
    const joiner = this.#text[STREAM.stdout];
    if (screen === undefined || joiner === undefined) return;
    this.#exact = true;
    joiner.end();
    this.#resize(screen, time);
    const parts = [screen.data, screen.modes, screen.pending].map((part) => joiner.push(part));
    this.#writeEvent(time, 'o', `${FRESH_TERMINAL}${parts.join('')}`);
  }

  #writeEvent(time: number, code: 'o' | 'r' | 'm', data: string): void {
    if (data === '') return;
    this.#lines.writeHeader(this.#setting.from ?? time, this.#size);
    this.#lines.writeEvent(time, code, data);
  }
}
