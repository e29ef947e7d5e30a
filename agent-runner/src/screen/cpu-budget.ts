import type { Position } from '@muster/protocol';

/** The emulator parses for so long at a time, ms: a key's echo waits no longer. */
const SLICE_MS = 2;
/** … and for so long while a program waits for a reply, ms. */
const URGENT_SLICE_MS = 8;
/** … and then pauses for so long, ms: a share of all, a fifth or a twenty-fifth of the time. */
export const REST_MS = { hurry: 0, output: 8, flood: 48 };
/** More output than this is a flood, bytes a ms: no emulator keeps up with it … */
const FLOOD_RATE = 5 * 1024;
/** … and more than this even where it may have all of the processor, because the program queries its terminal. */
const QUERY_FLOOD_RATE = 20 * 1024;
/** What is not parsed yet, bytes: a program that queries is kept up with, so that its next reply comes in time. */
const BEHIND_BYTES = 256 * 1024;
/** … after which lines that nobody will see are looked for. */
const FAR_BEHIND_BYTES = 1024 * 1024;

/** How much of the processor an emulator may have, by how far it is behind and whether a program waits for it. Pure. */
export class CpuBudget {
  /** Output since the last slice, and since when, ms of any clock. */
  #unsliced = 0;
  #beganAt = 0;
  /** Output a ms, between the last two slices. */
  #rate = 0;
  #behind = 0;
  /** Until all that was there when it began is parsed, it is not known how much that is. */
  #hasCaughtUp = false;
  /** P8: the position to parse up to for the newest query. */
  #query: Position | null = null;
  #hasQueried = false;

  outputWritten(bytes: number): void {
    this.#unsliced += bytes;
    this.#behind += bytes;
  }

  queried(head: Position): void {
    this.#query = head;
    this.#hasQueried = true;
  }

  parsed(bytes: number): void {
    this.#behind = Math.max(0, this.#behind - bytes);
  }

  caughtUp(): void {
    this.#behind = 0;
    this.#hasCaughtUp = true;
  }

  reached(has: (place: Position) => boolean): void {
    if (this.#query !== null && has(this.#query)) this.#query = null;
  }

  /** A slice begins. `now`: ms of a clock that is never set back. */
  sliceStarted(now: number): void {
    this.#rate = this.#unsliced / Math.max(1, now - this.#beganAt);
    this.#unsliced = 0;
    this.#beganAt = now;
  }

  get isUrgent(): boolean {
    return this.#query !== null;
  }

  get isFarBehind(): boolean {
    return !this.#hasCaughtUp || this.#behind > FAR_BEHIND_BYTES;
  }

  get slice(): number {
    return this.isUrgent ? URGENT_SLICE_MS : SLICE_MS;
  }

  get rest(): number {
    if (this.isUrgent) return REST_MS.hurry;
    const keepsUp = this.#hasQueried && this.#rate <= QUERY_FLOOD_RATE;
    if (keepsUp && this.#behind > BEHIND_BYTES) return REST_MS.hurry;
    return this.#rate > (keepsUp ? QUERY_FLOOD_RATE : FLOOD_RATE) ? REST_MS.flood : REST_MS.output;
  }
}
