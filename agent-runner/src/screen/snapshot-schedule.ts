import { LIMITS, MIB, type Position } from '@muster/protocol';

/** S14: output after which a new snapshot is due, bytes. */
export const SNAPSHOT_BYTES = 4 * MIB;
/** … but while output goes on, not sooner than so long after the last, ms: each is a row in the room's store (F9). */
export const SNAPSHOT_EVERY_MS = 30_000;
/** S14: output stopped so long ago, ms. */
export const QUIET_MS = 10_000;
/** A program that ends again and again is pictured at most this often, ms. */
export const EXIT_EVERY_MS = 2_000;
/** Without output for so long, ms, the processor is free for what was put off. */
export const BREATH_MS = 200;
/** A snapshot as a message; its header takes less than the difference, bytes. */
export const SNAPSHOT_MESSAGE_BYTES = LIMITS.messageBytes - 256;

/** Where the emulator is, as the plan asks for it. */
export interface Progress {
  /** The newest frame of the stream. */
  readonly head: Position;
  /** Whether all up to this frame is parsed. */
  has(place: Position): boolean;
}

/** S14: when a snapshot is taken. Times are ms since 1970. Pure. */
export class SnapshotSchedule {
  /** Output since the last one, bytes. */
  #bytes = 0;
  #wroteAt: number | null = null;
  /** When the last was taken; before the first, when output began. */
  #since: number | null = null;
  /** The frames that must have been parsed for the picture of an ended program, and for one that was asked for. */
  #exit: Position | null = null;
  #request: Position | null = null;

  outputWritten(bytes: number, now: number): void {
    this.#bytes += bytes;
    this.#wroteAt = now;
    this.#since ??= now;
  }

  programExited(head: Position): void {
    if (this.#bytes > 0) this.#exit = head;
  }

  snapshotRequested(head: Position): void {
    this.#request ??= head;
  }

  snapshotTaken(at: Progress, now: number): void {
    this.#bytes = 0;
    this.#since = now;
    if (this.#exit !== null && at.has(this.#exit)) this.#exit = null;
    if (this.#request !== null && at.has(this.#request)) this.#request = null;
  }

  /** Whether one is due of the terminal as it is. */
  isDue(at: Progress, now: number): boolean {
    if (this.#request !== null && at.has(this.#request)) return true;
    if (this.#exit !== null && at.has(this.#exit) && this.#isPast(EXIT_EVERY_MS, now)) return true;
    if (this.#bytes >= SNAPSHOT_BYTES && this.#isPast(SNAPSHOT_EVERY_MS, now)) return true;
    return this.#bytes > 0 && this.#isQuiet(QUIET_MS, now) && at.has(at.head);
  }

  /** When one may become due without anything new; null for never. */
  dueAt(): number | null {
    if (this.#wroteAt === null || this.#since === null || this.#bytes === 0) return null;
    const moments = [this.#wroteAt + QUIET_MS];
    if (this.#exit !== null) moments.push(this.#since + EXIT_EVERY_MS);
    if (this.#bytes >= SNAPSHOT_BYTES) moments.push(this.#since + SNAPSHOT_EVERY_MS);
    return Math.min(...moments);
  }

  /** Whether the emulator may have the processor: a snapshot is waited for, or nothing else needs it. */
  mayHurry(now: number): boolean {
    return this.#request !== null || this.#exit !== null || this.#isQuiet(BREATH_MS, now);
  }

  /** A clock that was set back counts as time gone by, so nothing waits for it. */
  #isPast(ms: number, now: number): boolean {
    return this.#since === null || now < this.#since || now - this.#since >= ms;
  }

  #isQuiet(ms: number, now: number): boolean {
    return this.#wroteAt === null || now < this.#wroteAt || now - this.#wroteAt >= ms;
  }
}
