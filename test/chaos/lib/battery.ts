import type { Tally } from './tally.ts';

/** One row of the battery: a fault, and what must come through it. */
export interface Battery {
  readonly id: number;
  /** What a trial that passed is: `pass 100/100 equal`. */
  readonly word: string;
  /** Trials that the table asks for. */
  readonly full: number;
  /** Trials below which it says nothing. */
  readonly least: number;
  /** s of a quiet machine with two cores: of it all, and of each trial. */
  readonly cost: { readonly fixed: number; readonly each: number };
  run(trials: Trials): Promise<void>;
}

/** What a battery is run with. */
export interface Trials {
  readonly count: number;
  /** False: there is a budget of time. */
  readonly thorough: boolean;
  /** 0 ≤ r < 1, the same for the same seed. */
  readonly random: () => number;
  readonly tally: Tally;
}
