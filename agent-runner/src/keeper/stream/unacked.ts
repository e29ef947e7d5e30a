import type { Position } from '@muster/protocol';
import type { SpoolPositions } from './spool-positions.ts';

interface Sent {
  /** The last frame of the batch. */
  readonly last: Position;
  readonly bytes: number;
  /** ms. */
  readonly at: number;
}

/** Batches in flight: sent on this link and not yet known to be stored by the room, in order. */
export class Unacked {
  readonly #positions: SpoolPositions;
  #sent: Sent[] = [];
  #bytes = 0;

  constructor(places: SpoolPositions) {
    this.#positions = places;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest was sent. */
  get since(): number | null {
    return this.#sent[0]?.at ?? null;
  }

  add(last: Position, bytes: number, at: number): void {
    this.#sent.push({ last, bytes, at });
    this.#bytes += bytes;
  }

  /** Everything up to and including `upTo` is stored. */
  ack(upTo: Position): void {
    this.#keep((last) => this.#positions.isBefore(upTo, last));
  }

  /** Everything from here on will be sent again. */
  rewind(from: Position): void {
    this.#keep((last) => this.#positions.isBefore(last, from));
  }

  clear(): void {
    this.#sent = [];
    this.#bytes = 0;
  }

  #keep(keeps: (last: Position) => boolean): void {
    this.#sent = this.#sent.filter(({ last }) => keeps(last));
    this.#bytes = this.#sent.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
