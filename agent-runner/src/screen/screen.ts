import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  encodeSnapshot,
  type Position,
  packBatch,
  readBatch,
  type TerminalColors,
  type TerminalSize,
} from '@muster/protocol';
import type { Spool } from '../spool/spool.ts';
import { CpuBudget, REST_MS } from './cpu-budget.ts';
import type { Emulator, ScreenState } from './emulator.ts';
import { FastForward } from './fast-forward.ts';
import { gapLine } from './gap.ts';
import { filterReports, type ReportingModes } from './reports.ts';
import { type Progress, SNAPSHOT_MESSAGE_BYTES, SnapshotSchedule } from './snapshot-schedule.ts';
import { type ReaderOptions, type Step, StreamReader } from './stream-reader.ts';

/** P7: a start waits for the emulator so long at most, ms. */
const CATCH_UP_MS = 5;
/** A snapshot that is being written gives way to so many questions in a row. */
const YIELD_MS = 3;

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
  readonly follow?: ReaderOptions;
  /** Lines above the screen; absent: as many as viewers keep. */
  readonly scrollback?: number;
  /** The newest frame. */
  readonly head: () => Position;
  /** ms since 1970. */
  readonly now: () => number;
  readonly alarm: (ring: () => void) => ScreenAlarm;
  readonly onSnapshot: (snapshot: PackedSnapshot) => void;
  /** P8: to the program that asked. */
  readonly answer: (text: string) => void;
  readonly warn: (problem: unknown, what: string) => void;
}

/** A snapshot that is being written, line by line. */
interface Writing {
  readonly at: Position;
  readonly steps: Generator<void, ScreenState | null>;
}

/**
 * S14: what an agent's terminal shows. It follows the stream in its own time: it reads what is in the spool anyway, a
 * slice at a time, and nothing waits for it. P8: only a question makes it hurry, and is answered when it is parsed. The
 * emulator is loaded when there is something to parse.
 */
export class Screen {
  readonly #deps: ScreenDeps;
  readonly #source: FastForward;
  readonly #alarm: ScreenAlarm;
  readonly #schedule = new SnapshotSchedule();
  readonly #budget = new CpuBudget();
  #emulator: Emulator | null = null;
  #colors: TerminalColors | null = null;
  #writing: Writing | null = null;
  #didYield = 0;
  #isPacking = false;
  /** Something is under way that ends with another turn. */
  #busy: 'no' | 'timer' | 'loading' = 'no';
  #timerAt = 0;
  /** P8: what stands behind this frame is of a program that waits for answers. */
  #liveFrom: Position | null;
  /** All that is in the spool was read. */
  #idle = false;
  #closed = false;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
    this.#liveFrom = deps.follow?.after ?? null;
    this.#source = new FastForward(new StreamReader(deps.spool, deps.follow));
    this.#alarm = deps.alarm(() => this.#runSlice());
  }

  /** P7, P8: the frame at `at` begins a run: what comes after it is answered. */
  runStarted(at: Position): void {
    this.#liveFrom = at;
    if (this.#emulator !== null) this.#wake(0);
  }

  /** The program printed; it will be in the spool when a slice comes to it. `asks`: it is there, and waits for an answer. */
  outputWritten(bytes: number, isQuery = false, head = this.#deps.head(), at = this.#deps.now()): void {
    this.#schedule.outputWritten(bytes, at);
    this.#budget.outputWritten(bytes);
    if (isQuery) this.#budget.queried(head);
    if (isQuery) this.#wake(0);
    else if (this.#emulator === null) this.#wake(0);
    else if (this.#idle || this.#busy === 'no') this.#wake(REST_MS.output);
    this.#idle = false;
  }

  /** The program's last byte is in the spool. */
  programExited(head = this.#deps.head()): void {
    this.#schedule.programExited(head);
    this.#wake(0);
  }

  snapshotRequested(head = this.#deps.head()): void {
    this.#schedule.snapshotRequested(head);
    this.#wake(0);
  }

  /** P8: what it is drawn with. */
  set colors(colors: TerminalColors) {
    this.#colors = colors;
    if (this.#emulator !== null) this.#emulator.colors = colors;
  }

  /** Returns the part of an input that reaches the program. `answer`: nobody typed it (X6). */
  filterInput(data: Uint8Array, answer: boolean): Uint8Array {
    // A click is not lost to a program whose flood is still being parsed; where the mouse moved may be.
    return filterReports(data, answer, this.#reporting ?? { mouse: !answer, focus: !answer });
  }

  /** The reports that the program has enabled; undefined: not known, since much that it printed is not parsed. */
  get #reporting(): ReportingModes | undefined {
    if (this.#emulator === null || this.#liveFrom === null || !this.#source.has(this.#liveFrom))
      return { mouse: false, focus: false };
    return this.#budget.isFarBehind ? undefined : this.#emulator.reporting;
  }

  /** P7: rows that hold something after the newest frame; undefined where that would have to be waited for. */
  rowsUsed(): number | undefined {
    if (this.#emulator === null || this.#writing !== null) return undefined;
    const until = performance.now() + CATCH_UP_MS;
    while (this.#step(this.#emulator)) if (performance.now() >= until) return undefined;
    return this.#emulator.rowsUsed;
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(null, 0);
  }

  get #progress(): Progress {
    return { head: this.#deps.head(), has: (place) => this.#source.has(place) };
  }

  /** Sees to it that a slice begins in so many ms at the latest. */
  #wake(ms: number): void {
    const now = this.#deps.now();
    const at = now + ms;
    if (this.#closed || this.#busy === 'loading') return;
    if (this.#busy === 'timer' && this.#timerAt <= at) return;
    this.#busy = 'timer';
    this.#timerAt = at;
    this.#alarm.set(at, now);
  }

  #runSlice(): void {
    this.#busy = 'no';
    if (this.#emulator === null) {
      this.#load();
      return;
    }
    const until = performance.now() + this.#budget.slice;
    this.#budget.sliceStarted(performance.now());
    if (this.#writing !== null && this.#budget.isUrgent && this.#didYield < YIELD_MS) {
      // It is still due, and begins anew when the question is answered.
      this.#didYield += 1;
      this.#writing = null;
    }
    if (this.#writing === null) this.#parse(this.#emulator, until);
    if (this.#writing !== null) this.#write(this.#writing, until);
    if (this.#busy === 'no') this.#scheduleNext();
  }

  #scheduleNext(): void {
    const now = this.#deps.now();
    if (this.#writing === null && this.#idle) {
      const due = this.#schedule.dueAt();
      if (due !== null && !this.#isPacking) this.#wake(Math.max(REST_MS.output, due - now));
    } else this.#wake(this.#schedule.mayHurry(now) ? REST_MS.hurry : this.#budget.rest);
  }

  #load(): void {
    this.#busy = 'loading';
    void import('./emulator.ts').then(
      ({ Emulator }) => {
        const { size, scrollback } = this.#deps;
        const answer = (text: string) => this.#answer(text);
        this.#emulator = new Emulator(size, { answer, ...(scrollback === undefined ? {} : { scrollback }) });
        if (this.#colors !== null) this.#emulator.colors = this.#colors;
        this.#busy = 'no';
        this.#wake(0);
      },
      // It stays as if it were loading: without an emulator there are no snapshots, and all else goes on.
      (error) => this.#deps.warn(error, 'the terminal emulator cannot be loaded'),
    );
  }

  /** P8: what is parsed of the past was answered then, or by nobody. */
  #answer(text: string): void {
    if (!this.#closed && this.#liveFrom !== null && this.#source.has(this.#liveFrom)) this.#deps.answer(text);
  }

  #parse(emulator: Emulator, until: number): void {
    do {
      const at = this.#source.at;
      const isFree = !this.#isPacking && !this.#budget.isUrgent;
      if (isFree && at !== null && this.#schedule.isDue(this.#progress, this.#deps.now())) {
        this.#writing = { at, steps: emulator.snapshot(SNAPSHOT_MESSAGE_BYTES) };
        return;
      }
      if (!this.#step(emulator)) return;
    } while (performance.now() < until);
  }

  /** One frame; false where there is none yet. */
  #step(emulator: Emulator): boolean {
    const frame = this.#source.read(this.#budget.isFarBehind ? emulator.linesKept : null);
    this.#idle = frame === null;
    if (frame === null) this.#budget.caughtUp();
    else if (frame.step !== null) this.#apply(emulator, frame.step);
    this.#budget.reached((place) => this.#source.has(place));
    return frame !== null;
  }

  #apply(emulator: Emulator, step: Step): void {
    switch (step.type) {
      case 'output':
        this.#budget.parsed(step.data.length);
        return this.#check(emulator.feed(step.data));
      case 'resized':
        return emulator.resize(step.size);
      case 'run':
        return this.#check(emulator.begin(step.run));
      case 'gap':
        // A full screen is not written over: what draws it will draw it again.
        if (!emulator.isAlternate) this.#check(emulator.feed(gapLine(step.frames, step.bytes)));
    }
  }

  #check(fault: unknown): void {
    if (fault !== undefined) this.#deps.warn(fault, 'the terminal emulator failed');
  }

  #write({ at, steps }: Writing, until: number): void {
    do {
      const step = steps.next();
      if (step.done !== true) continue;
      this.#writing = null;
      this.#didYield = 0;
      this.#schedule.snapshotTaken(this.#progress, this.#deps.now());
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
    this.#isPacking = true;
    const body = batch.subarray(batch.length - header.value.rawSize);
    void promisify(gzip)(body).then((packed) => {
      this.#isPacking = false;
      if (this.#closed) return;
      this.#deps.onSnapshot({ at, bytes: packBatch(batch, header.value, () => packed) });
      this.#wake(REST_MS.output);
    });
  }
}
