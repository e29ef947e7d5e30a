/** X7: hides the secrets that the adapter was started with. */
export interface Masker {
  /** A text that is complete. */
  whole(text: string): string;
  /** A text that comes in pieces: a secret may be cut between two of them. */
  stream(): TextMask;
}
export interface TextMask {
  /** What may be shown by now. */
  push(text: string, now: number): string;
  /** The rest: no more is coming, or not soon. */
  end(): string;
  /** When silence releases what is held, ms of `now`; null: nothing is held. */
  dueAt(): number | null;
}
