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

/** A value that is to be reached (`least`) or not passed (`most`), as such or times that of a peer. */
export type Goal =
  | { readonly kind: 'least' | 'most'; readonly value: number }
  | { readonly kind: 'least' | 'most'; readonly value: number; readonly peer: string };

export interface Figure {
  /** Its key in a `Sample`. */
  readonly key: string;
  readonly what: string;
  readonly unit: string;
  /** All of them. */
  readonly goals: readonly Goal[];
}

/** One row of docs/performance.md. */
export interface Row {
  readonly id: string;
  readonly figures: readonly Figure[];
  /** It counts and takes minutes: one round says as much as three. */
  readonly once?: true;
  /** Starts Muster and the peers it is compared with. */
  open(): Promise<Contenders>;
}

export interface Contenders {
  readonly muster: Contender;
  readonly peers: readonly (Contender | Absent)[];
}

export function goalText(goals: readonly Goal[], unit: string): string {
  return goals
    .map((goal) => {
      const bound = `${goal.kind === 'least' ? '≥' : '≤'} ${goal.value.toLocaleString('en')}`;
      return 'peer' in goal ? `${bound} × ${goal.peer}` : `${bound} ${unit}`;
    })
    .join(', ');
}

/** Null where no goal says anything of this peer, or the peer is not here. */
export function isMet(
  goals: readonly Goal[],
  figure: number | null,
  peer: string,
  ratio: number | null,
): boolean | null {
  if (figure === null) return false;
  const words = goals.flatMap((goal) => {
    if ('peer' in goal && (goal.peer !== peer || ratio === null)) return [];
    const value = 'peer' in goal && ratio !== null ? ratio : figure;
    return [goal.kind === 'least' ? value >= goal.value : value <= goal.value];
  });
  return words.length === 0 ? null : words.every(Boolean);
}
