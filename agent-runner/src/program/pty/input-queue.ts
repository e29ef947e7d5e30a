/** Between two tries while the program does not read, ms. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/** Writes what it can at once and says how much that was; 0 when there is no room now. */
export type WriteSome = (data: Uint8Array) => number;

/**
 * Input to a terminal, in order and whole. The kernel takes about 4 kB beyond what the program has
 * read; the rest waits here and is offered again, ever less often, without keeping a processor busy.
 */
export class InputQueue {
  readonly #writeSome: WriteSome;
  readonly #waiting: Uint8Array[] = [];
  #wait = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(writeSome: WriteSome) {
    this.#writeSome = writeSome;
  }

  /** Those that wait. */
  get bytes(): number {
    return this.#waiting.reduce((sum, data) => sum + data.length, 0);
  }

  write(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#waiting.push(data);
    if (this.#waiting.length === 1) this.#offer();
  }

  /** The program has just shown signs of life: it may have read. */
  nudge(): void {
    if (this.#timer === undefined) return;
    this.#wait = FIRST_WAIT_MS;
    this.#offer();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #offer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      const written = this.#writeSome(head);
      if (written > 0) this.#wait = FIRST_WAIT_MS;
      if (written < head.length) {
        this.#waiting[0] = head.subarray(written);
        this.#timer = setTimeout(() => this.#offer(), this.#wait);
        this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
        return;
      }
      this.#waiting.shift();
    }
  }
}
