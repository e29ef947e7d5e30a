import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeSnapshot, type Position, packBatch, readBatch, type TerminalSize } from '@muster/protocol';
import type { Spool } from '../spool/spool.ts';
import type { Emulator, ScreenState } from './emulator.ts';
import { gapLine } from './gap.ts';
import { type Progress, SNAPSHOT_MESSAGE_BYTES, SnapshotPlan } from './plan.ts';
import { type Step, StreamReader } from './reader.ts';

/** The emulator has the processor for so long at a time, ms: a key's echo waits no longer. */
const SLICE_MS = 2;
/** … and then leaves it to others for so long, ms: next to none, a fifth of the time, a twenty-fifth. */
const REST_MS = { hurry: 0, output: 8, flood: 48 };
/** More output than this between two slices is a flood, bytes. */
const FLOOD_BYTES = 256 * 1024;
/** P7: a start waits for the emulator so long at most, ms. */
const CATCH_UP_MS = 5;

/** A message, and the frame it stands after. */
export interface PackedSnapshot {
  readonly at: Position;
  readonly bytes: Uint8Array;
}

/** Rings once, at the moment set last, ms since 1970. */
export interface ScreenAlarm {
  set(at: number | null, now: number): void;
}

export interface ScreenDeps {
  readonly spool: Spool;
  /** Of the terminal when its stream began. */
  readonly size: TerminalSize;
  /** The newest frame. */
  readonly head: () => Position;
  /** ms since 1970. */
  readonly now: () => number;
  readonly alarm: (ring: () => void) => ScreenAlarm;
  readonly taken: (snapshot: PackedSnapshot) => void;
  readonly warn: (problem: unknown, what: string) => void;
}

/** A snapshot that is being written, line by line. */
interface Writing {
  readonly at: Position;
  readonly steps: Generator<void, ScreenState | null>;
}

/**
 * S14: what an agent's terminal shows. It follows the stream in its own time: it reads what is in the spool anyway, a
 * slice at a time, and nothing waits for it. The emulator is loaded when there is something to parse.
 */
export class Screen {
  readonly #deps: ScreenDeps;
  readonly #reader: StreamReader;
  readonly #alarm: ScreenAlarm;
  readonly #plan = new SnapshotPlan();
  #emulator: Emulator | null = null;
  #writing: Writing | null = null;
  /** Something is under way that ends with another turn: a timer, the loading, the packing. */
  #busy: 'no' | 'timer' | 'loading' | 'packing' = 'no';
  #timerAt = 0;
  /** Output since the last slice, bytes. */
  #news = 0;
  /** All that is in the spool was read. */
  #idle = false;
  #closed = false;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
    this.#reader = new StreamReader(deps.spool);
    this.#alarm = deps.alarm(() => this.#turn());
  }

  /** The program printed; it will be in the spool when a slice comes to it. */
  wrote(bytes: number): void {
    this.#plan.wrote(bytes, this.#deps.now());
    this.#news += bytes;
    if (this.#idle || this.#busy === 'no') this.#wake(REST_MS.output);
    this.#idle = false;
  }

  /** The program's last byte is in the spool. */
  exited(): void {
    this.#plan.exited(this.#deps.head());
    this.#wake(0);
  }

  requested(): void {
    this.#plan.requested(this.#deps.head());
    this.#wake(0);
  }

  /** P7: rows that hold something after the newest frame; undefined where that would have to be waited for. */
  rowsUsed(): number | undefined {
    if (this.#isFresh) return 0;
    if (this.#emulator === null || this.#writing !== null) return undefined;
    const until = performance.now() + CATCH_UP_MS;
    while (this.#step(this.#emulator)) if (performance.now() >= until) return undefined;
    return this.#emulator.rowsUsed;
  }

  /** Nothing was ever printed here. */
  get #isFresh(): boolean {
    return this.#deps.spool.found === 'nothing' && !this.#plan.hasOutput;
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(null, 0);
  }

  get #progress(): Progress {
    return { head: this.#deps.head(), has: (place) => this.#reader.has(place) };
  }

  /** Sees to it that a slice begins in so many ms at the latest. */
  #wake(ms: number): void {
    const now = this.#deps.now();
    const at = now + ms;
    if (this.#closed || this.#busy === 'loading' || this.#busy === 'packing') return;
    if (this.#busy === 'timer' && this.#timerAt <= at) return;
    this.#busy = 'timer';
    this.#timerAt = at;
    this.#alarm.set(at, now);
  }

  #turn(): void {
    this.#busy = 'no';
    if (this.#emulator === null) {
      this.#load();
      return;
    }
    const until = performance.now() + SLICE_MS;
    const news = this.#news;
    this.#news = 0;
    if (this.#writing === null) this.#parse(this.#emulator, until);
    if (this.#writing !== null) this.#write(this.#writing, until);
    if (this.#busy === 'no') this.#rest(news);
  }

  #rest(news: number): void {
    const now = this.#deps.now();
    if (this.#writing === null && this.#idle) {
      const due = this.#plan.dueAt();
      if (due !== null) this.#wake(Math.max(REST_MS.output, due - now));
    } else if (this.#plan.mayHurry(now)) {
      this.#wake(REST_MS.hurry);
    } else {
      this.#wake(news > FLOOD_BYTES ? REST_MS.flood : REST_MS.output);
    }
  }

  #load(): void {
    this.#busy = 'loading';
    void import('./emulator.ts').then(
      ({ Emulator }) => {
        this.#emulator = new Emulator(this.#deps.size);
        this.#busy = 'no';
        this.#wake(0);
      },
      // It stays as if it were loading: without an emulator there are no snapshots, and all else goes on.
      (error) => this.#deps.warn(error, 'the terminal emulator cannot be loaded'),
    );
  }

  #parse(emulator: Emulator, until: number): void {
    do {
      if (this.#reader.at !== null && this.#plan.isDue(this.#progress, this.#deps.now())) {
        this.#writing = { at: this.#reader.at, steps: emulator.snapshot(SNAPSHOT_MESSAGE_BYTES) };
        return;
      }
      if (!this.#step(emulator)) return;
    } while (performance.now() < until);
  }

  /** One frame; false where there is none yet. */
  #step(emulator: Emulator): boolean {
    const frame = this.#reader.read();
    this.#idle = frame === null;
    if (frame !== null && frame.step !== null) this.#apply(emulator, frame.step);
    return frame !== null;
  }

  #apply(emulator: Emulator, step: Step): void {
    switch (step.type) {
      case 'output':
        return this.#feed(emulator, step.data);
      case 'resized':
        return emulator.resize(step.size);
      case 'run':
        return this.#check(emulator.begin(step.run));
      case 'gap':
        // A full screen is not written over: what draws it will draw it again.
        if (!emulator.isAlternate) this.#feed(emulator, gapLine(step.frames, step.bytes));
    }
  }

  #feed(emulator: Emulator, data: Uint8Array): void {
    this.#check(emulator.feed(data));
  }

  #check(fault: unknown): void {
    if (fault !== undefined) this.#deps.warn(fault, 'the terminal emulator failed');
  }

  #write({ at, steps }: Writing, until: number): void {
    do {
      const step = steps.next();
      if (step.done !== true) continue;
      this.#writing = null;
      this.#plan.took(this.#progress, this.#deps.now());
      if (step.value === null) this.#deps.warn(null, 'the terminal is too large for a snapshot');
      else this.#pack(at, step.value);
      return;
    } while (performance.now() < until);
  }

  /** Compressed on another thread, and always: a snapshot waits for nobody. */
  #pack(at: Position, state: ScreenState): void {
    const batch = encodeSnapshot({ ...at, ...state }, this.#deps.now());
    const header = readBatch(batch);
    if (!header.ok) throw new RangeError(header.error.message);
    this.#busy = 'packing';
    const body = batch.subarray(batch.length - header.value.rawSize);
    void promisify(gzip)(body).then((packed) => {
      this.#busy = 'no';
      if (this.#closed) return;
      this.#deps.taken({ at, bytes: packBatch(batch, header.value, () => packed) });
      this.#wake(REST_MS.output);
    });
  }
}
