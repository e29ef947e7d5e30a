import type { TrialResults } from './trial-results.ts';

/** One row of the battery: a fault, and what must come through it. */
export interface Battery {
  readonly id: number;
  /** The word for a trial that passed: `pass 100/100 equal`. */
  readonly verdict: string;
  /** Trials that the table asks for. */
  readonly target: number;
  /** Trials below which it says nothing. */
  readonly minimum: number;
  /** s of a quiet machine with two cores: of it all, and of each trial. */
  readonly cost: { readonly fixed: number; readonly each: number };
  run(trials: Trials): Promise<void>;
}

/** The parameters of a battery's run. */
export interface Trials {
  readonly count: number;
  /** False: there is a budget of time. */
  readonly thorough: boolean;
  /** 0 ≤ r < 1, the same for the same seed. */
  readonly random: () => number;
  readonly tally: TrialResults;
}
