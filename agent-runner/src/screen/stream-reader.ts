import {
  type BatchHeader,
  type CommandId,
  decodeEvents,
  framesOf,
  type Position,
  type Run,
  readBatch,
  type TerminalSize,
} from '@muster/protocol';
import type { Spool } from '../spool/spool.ts';

/** Read from the spool at a time, bytes. */
const PIECE_BYTES = 64 * 1024;

/** The effect of one frame on a terminal. */
export type Step =
  | { readonly type: 'output'; readonly data: Uint8Array }
  | { readonly type: 'resized'; readonly size: TerminalSize }
  /** P7. */
  | { readonly type: 'run'; readonly run: Run }
  /** Frames that the spool has dropped, and how much output with them. */
  | { readonly type: 'gap'; readonly frames: number; readonly bytes: number };

interface FrameStep {
  readonly at: Position;
  readonly step: Step | null;
}

/** The terminal to follow, and from where. */
export interface ReaderOptions {
  /** Absent: the program's. */
  readonly command?: CommandId;
  /** Absent: from the oldest frame there is. */
  readonly after?: Position;
}

/** Reads one terminal's part of the stream from the spool, frame by frame, in its own time. */
export class StreamReader {
  readonly #spool: Spool;
  readonly #command: CommandId | null;
  #frames: Iterator<FrameStep> = [].values();
  /** Where the next piece begins. */
  #next: Position | null = null;
  /** The last frame that was returned. */
  #at: Position | null = null;

  constructor(spool: Spool, { command, after }: ReaderOptions = {}) {
    this.#spool = spool;
    this.#command = command ?? null;
    if (after !== undefined) this.#next = { ...after, sequence: after.sequence + 1 };
  }

  get at(): Position | null {
    return this.#at;
  }

  /** The next frame; null where there is none yet. `step` is null for one that tells a terminal nothing. */
  read(): { readonly step: Step | null } | null {
    for (;;) {
      const frame = this.#frames.next();
      if (frame.done !== true) {
        this.#at = frame.value.at;
        return frame.value;
      }
      if (!this.#fetch()) return null;
    }
  }

  /** Whether a reader at `at` has read `place`. */
  hasReached(at: Position | null, { epoch, sequence }: Position): boolean {
    if (at === null) return false;
    if (at.epoch === epoch) return at.sequence >= sequence;
    const epochs = this.#spool.epochs().map((range) => range.epoch);
    return epochs.indexOf(epoch) < epochs.indexOf(at.epoch);
  }

  #fetch(): boolean {
    this.#next ??= this.#oldest();
    while (this.#next !== null) {
      const { epoch } = this.#next;
      const { batches, next } = this.#spool.read(this.#next, PIECE_BYTES);
      this.#next = { epoch, sequence: next };
      if (batches.length > 0) {
        this.#frames = stepsOfBatches(batches, this.#command);
        return true;
      }
      const later = this.#after(epoch);
      if (later === null) return false;
      this.#next = later;
    }
    return false;
  }

  #oldest(): Position | null {
    const range = this.#spool.epochs().find(({ last }) => last > 0);
    return range === undefined ? null : { epoch: range.epoch, sequence: 1 };
  }

  #after(epoch: Position['epoch']): Position | null {
    const epochs = this.#spool.epochs();
    const index = epochs.findIndex((range) => range.epoch === epoch);
    const range = epochs.slice(index + 1).find(({ last }) => last > 0);
    return range === undefined ? null : { epoch: range.epoch, sequence: 1 };
  }
}

function* stepsOfBatches(
  batches: readonly Uint8Array[],
  command: CommandId | null,
): Generator<FrameStep, void, undefined> {
  for (const batch of batches) {
    const header = readBatch(batch);
    if (header.ok) yield* stepsOf(batch, header.value, command);
  }
}

function* stepsOf(
  batch: Uint8Array,
  header: BatchHeader,
  command: CommandId | null,
): Generator<FrameStep, void, undefined> {
  const { epoch, first, last } = header;
  switch (header.kind) {
    case 'gap':
      yield {
        at: { epoch, sequence: last },
        step: { type: 'gap', frames: last - first + 1, bytes: header.rawSize },
      };
      return;
    case 'event':
      yield { at: { epoch, sequence: last }, step: eventIn(batch, header, command) };
      return;
    case 'output':
      for (const { sequence, data } of framesOf(batch, header)) {
        // A command's output is not on the program's terminal.
        const step: Step | null = header.command === (command ?? '') ? { type: 'output', data } : null;
        yield { at: { epoch, sequence }, step };
      }
      return;
    case 'snapshot':
      return;
  }
}

/** An event has a batch of its own. */
function eventIn(batch: Uint8Array, header: BatchHeader, command: CommandId | null): Step | null {
  const events = decodeEvents(batch, header);
  const event = events.ok ? events.value.at(-1) : undefined;
  if (command !== null) {
    if (event?.type !== 'command:resized' || event.commandId !== command) return null;
    return { type: 'resized', size: { cols: event.cols, rows: event.rows } };
  }
  if (event?.type === 'program:status' && event.run !== undefined) return { type: 'run', run: event.run };
  if (event?.type !== 'program:resized') return null;
  return { type: 'resized', size: { cols: event.cols, rows: event.rows } };
}
