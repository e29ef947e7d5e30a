import { type Run, runBoundary, type TerminalSize } from '@muster/protocol';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { HeldBack } from './held.ts';
import { type Core, coreOf } from './internals.ts';
import { Observed } from './observed.ts';
import { rowsUsed } from './rows-used.ts';
import { type CharsetNames, charsetNames } from './serialize/charsets.ts';
import { serialize } from './serialize/serialize.ts';

/** Lines above the screen, as the pages of viewers keep them. */
export const SCROLLBACK_LINES = 5_000;

/** Ends a sequence whatever it is. */
const CANCEL = Uint8Array.of(0x18);

/** A terminal as it is at a place of its stream; see S14. */
export interface ScreenState {
  readonly cols: number;
  readonly rows: number;
  /** Both buffers, written to a fresh terminal of that size. */
  readonly data: Uint8Array;
  /** Then what they leave out. */
  readonly modes: Uint8Array;
  /** Then the beginning of what is not complete yet, in one write with what follows. */
  readonly pending: Uint8Array;
}

/** A terminal nobody looks at, which parses what a program prints, whole sequences at a time. */
export class Emulator {
  readonly #terminal: InstanceType<typeof headless.Terminal>;
  readonly #core: Core;
  readonly #observed: Observed;
  readonly #held = new HeldBack();
  readonly #nameOf: CharsetNames;

  constructor(size: TerminalSize) {
    this.#terminal = newTerminal(size);
    this.#core = coreOf(this.#terminal);
    this.#observed = new Observed(this.#terminal);
    this.#nameOf = charsetNames(this.#core);
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** The beginning of a sequence or a character whose end has not come. */
  get pending(): Uint8Array {
    return this.#held.pending;
  }

  /** Synchronous. A fault of the emulator itself costs the rest of what it was parsing, and is returned. */
  feed(data: Uint8Array): unknown {
    const ready = this.#held.take(data);
    try {
      if (ready.length > 0) this.#core._inputHandler.parse(ready);
      return undefined;
    } catch (fault) {
      this.#core._inputHandler.parse(CANCEL);
      return fault;
    }
  }

  resize({ cols, rows }: TerminalSize): void {
    this.#terminal.resize(cols, rows);
  }

  /** P7: another run of the program begins. Returns a fault as `feed` does. */
  begin(run: Run): unknown {
    if (run.terminal !== undefined) this.resize(run.terminal);
    return this.feed(new TextEncoder().encode(runBoundary(run)));
  }

  /** Rows of the normal screen, from the top, that hold something. */
  get rowsUsed(): number {
    return rowsUsed(this.#core);
  }

  /** Bit by bit: between two steps something else may be done, but not with this. Null where it is over `maxBytes`. */
  *snapshot(maxBytes: number): Generator<void, ScreenState | null> {
    const { cols, rows } = this.#terminal;
    const { pending } = this;
    const source = { core: this.#core, cols, rows, nameOf: this.#nameOf, observed: this.#observed.state };
    const written = yield* serialize(source, maxBytes - pending.length);
    if (written === null) return null;
    const encoder = new TextEncoder();
    return { cols, rows, data: encoder.encode(written.data), modes: encoder.encode(written.modes), pending };
  }
}

function newTerminal({ cols, rows }: TerminalSize): InstanceType<typeof headless.Terminal> {
  const terminal = new headless.Terminal({
    cols,
    rows,
    scrollback: SCROLLBACK_LINES,
    allowProposedApi: true,
    logLevel: 'off',
  });
  // As wide as in the pages of viewers.
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}
