/** A program's output, and the way to its input. */
export interface Line {
  send(keys: string): void;
}
