import type { ProcessIdentity } from './process-table.ts';

/** A process of the program, as much as a report needs. */
export interface Member extends ProcessIdentity {
  readonly name: string;
}

/**
 * The means by which everything a program started is reached (P2). Each verb is one pass and may be
 * repeated: what is passed over because it was just being born is found by the next.
 */
export interface Enclosure {
  /** Runs `spawn` so that what it starts, and all that starts, is inside from its first instruction. */
  enclose<T>(spawn: () => T): T;
  /** The program's first process, once it is known. */
  lead(pid: number): void;
  /** Everything inside that is alive. */
  members(): Member[];
  signal(member: Member, signal: NodeJS.Signals): void;
  /** One pass of stopping everything; true when all that is inside was found stopped. */
  stop(): boolean;
  /** Lets everything go on. */
  go(): void;
  /** One pass of SIGKILL to everything. */
  kill(): void;
  /** Takes down what was set up; only when nothing is inside. */
  remove(): void;
}
