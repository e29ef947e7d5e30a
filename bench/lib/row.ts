/** One measurement of one contender: what each of the row's figures came out as. */
export type Sample = Readonly<Record<string, number>>;

/** Muster or a peer, started and ready to be measured again and again. */
export interface Contender extends AsyncDisposable {
  readonly id: string;
  /** With the version. */
  readonly name: string;
  sample(): Promise<Sample>;
}

/** A peer that this machine does not have. */
export interface Absent {
  readonly id: string;
  readonly name: string;
  readonly absent: string;
}

export type Goal =
  | { readonly kind: 'times'; readonly least: number; readonly peer: string }
  | { readonly kind: 'most'; readonly value: number };

export interface Figure {
  /** Its key in a `Sample`. */
  readonly key: string;
  readonly what: string;
  readonly unit: 'MB/s' | 'ms';
  readonly goal: Goal;
}

/** One row of docs/performance.md. */
export interface Row {
  readonly id: string;
  readonly figures: readonly Figure[];
  /** Starts Muster and the peers it is compared with. */
  open(): Promise<Contenders>;
}

export interface Contenders {
  readonly muster: Contender;
  readonly peers: readonly (Contender | Absent)[];
}

export function goalText(goal: Goal, unit: string): string {
  return goal.kind === 'times' ? `≥ ${goal.least} × ${goal.peer}` : `≤ ${goal.value} ${unit}`;
}

/** Null where the goal says nothing of this peer, or the peer is not here. */
export function isMet(goal: Goal, figure: number | null, peer: string, ratio: number | null): boolean | null {
  if (figure === null) return false;
  if (goal.kind === 'most') return figure <= goal.value;
  return goal.peer === peer && ratio !== null ? ratio >= goal.least : null;
}
