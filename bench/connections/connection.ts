/** A program's output, and the way to its input. */
export interface Connection {
  send(keys: string): void;
}
