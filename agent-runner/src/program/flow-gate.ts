/** Where output comes from; after `pause` a little more may still come. */
export interface PausableSource {
  pause(): void;
  resume(): void;
}

/**
 * Back pressure: closed at first and after `hold`, no output passes until `flow`. What comes from the
 * tap meanwhile waits here, which is no more than the tap had already read.
 */
export class FlowGate {
  readonly #output: (stream: number, data: Uint8Array) => void;
  readonly #tap: PausableSource;
  readonly #waiting: { readonly stream: number; readonly data: Uint8Array }[] = [];
  #open = false;
  #opened: () => void = () => {};

  constructor(output: (stream: number, data: Uint8Array) => void, tap: PausableSource) {
    this.#output = output;
    this.#tap = tap;
  }

  pass(stream: number, data: Uint8Array): void {
    if (this.#open) {
      this.#output(stream, data);
      return;
    }
    this.#waiting.push({ stream, data });
    this.#tap.pause();
  }

  hold(): void {
    this.#open = false;
    this.#tap.pause();
  }

  /** The receiver may `hold` again at any piece. */
  flow(): void {
    this.#open = true;
    while (this.#open) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#output(next.stream, next.data);
    }
    if (!this.#open) return;
    this.#tap.resume();
    this.#opened();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The bytes that wait here now; they stay. */
  waiting(): Uint8Array[] {
    return this.#waiting.map(({ data }) => data);
  }

  /** Resolves when it is open and nothing waits. */
  async opened(): Promise<void> {
    while (!this.#open) {
      await new Promise<void>((resolve) => {
        this.#opened = resolve;
      });
    }
  }
}
