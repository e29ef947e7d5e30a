import type { Epoch, Position } from '@muster/protocol';
import type { Spool } from '../../spool/spool.ts';

/** The order of places in a stream of several epochs. */
export class SpoolPositions {
  readonly #spool: Spool;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  knows(epoch: Epoch): boolean {
    return this.#indexOf(epoch) >= 0;
  }

  /** True when `a` lies before `b`; a forgotten epoch lies before all others. */
  isBefore(a: Position, b: Position): boolean {
    if (a.epoch === b.epoch) return a.sequence < b.sequence;
    return this.#indexOf(a.epoch) < this.#indexOf(b.epoch);
  }

  /** Frame 1 of the oldest epoch of which anything is kept, else of the one that will be written to. */
  oldest(): Position | null {
    const epochs = this.#spool.epochs();
    return startOf((epochs.find(({ last }) => last > 0) ?? epochs.at(-1))?.epoch);
  }

  /** Frame 1 of the epoch after this one. */
  after(epoch: Epoch): Position | null {
    const later = this.#spool.epochs().slice(this.#indexOf(epoch) + 1);
    return startOf(later.find(({ last }) => last > 0)?.epoch);
  }

  #indexOf(epoch: Epoch): number {
    return this.#spool.epochs().findIndex((range) => range.epoch === epoch);
  }
}

const startOf = (epoch: Epoch | undefined) => (epoch === undefined ? null : { epoch, sequence: 1 });
