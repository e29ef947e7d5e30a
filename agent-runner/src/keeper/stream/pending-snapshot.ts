import type { Position } from '@muster/protocol';
import { elapsed } from './time.ts';

/** S14: a terminal as it is after the frame `at`, as a message. */
export interface SnapshotMessage {
  readonly at: Position;
  readonly bytes: Uint8Array;
}

/** A link may break before what it took has arrived; after so long it has, ms. */
export const ARRIVED_MS = 60_000;

/** The newest snapshot, until the room surely has it. */
export class PendingSnapshot {
  #snapshot: SnapshotMessage | null = null;
  #sentAt: number | null = null;

  offer(snapshot: SnapshotMessage): void {
    this.#snapshot = snapshot;
    this.#sentAt = null;
  }

  /** A new link. */
  again(now: number): void {
    if (this.#sentAt !== null && elapsed(this.#sentAt, now, ARRIVED_MS)) this.#snapshot = null;
    this.#sentAt = null;
  }

  /** The message, once, when its frame is among the sent. */
  take(isSent: (place: Position) => boolean, now: number): Uint8Array | null {
    if (this.#snapshot === null || this.#sentAt !== null || !isSent(this.#snapshot.at)) return null;
    this.#sentAt = now;
    return this.#snapshot.bytes;
  }
}
