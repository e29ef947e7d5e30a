import {
  measureClusters,
  type Run,
  runBoundary,
  type TerminalColors,
  type TerminalSize,
} from '@muster/protocol';
import headless from '@xterm/headless';
import { UnicodeGraphemesAddon } from './grapheme-addon.ts';
import { type Core, coreOf } from './internals.ts';
import { KeyboardFlags } from './keyboard-flags.ts';
import { ObservedState } from './observed-state.ts';
import { QueryResponder } from './query-responder.ts';
import type { ReportingModes } from './reports.ts';
import { countUsedRows } from './rows-used.ts';
import { SequenceBuffer } from './sequence-buffer.ts';
import { type CharsetNames, charsetNames } from './serialize/charsets.ts';
import { serialize } from './serialize/serialize.ts';

/** Lines above the screen, as the pages of viewers keep them. */
export const SCROLLBACK_LINES = 5_000;

/** Questions about the window that reach our own answers. */
const WINDOW_QUERIES = {
  getWinState: true,
  getWinPosition: true,
  getWinSizePixels: true,
  getScreenSizePixels: true,
  getCellSizePixels: true,
  getWinSizeChars: true,
  getScreenSizeChars: true,
  getIconTitle: true,
  getWinTitle: true,
};

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

export interface EmulatorSetting {
  /** Lines above the screen. */
  readonly scrollback?: number;
  /** P8: takes what is to be said to the program, while that is parsed which asked. */
  readonly answer?: (text: string) => void;
}

/** A terminal nobody looks at, which parses what a program prints, whole sequences at a time. */
export class Emulator {
  readonly #terminal: InstanceType<typeof headless.Terminal>;
  readonly #core: Core;
  readonly #observed: ObservedState;
  readonly #flags: KeyboardFlags;
  readonly #responder: QueryResponder;
  readonly #sequences = new SequenceBuffer();
  readonly #nameOf: CharsetNames;

  constructor(
    size: TerminalSize,
    { scrollback = SCROLLBACK_LINES, answer = () => {} }: EmulatorSetting = {},
  ) {
    this.#terminal = newTerminal(size, scrollback);
    this.#core = coreOf(this.#terminal);
    this.#observed = new ObservedState(this.#terminal);
    this.#flags = new KeyboardFlags(this.#terminal);
    this.#nameOf = charsetNames(this.#core);
    const known = { observed: this.#observed, flags: this.#flags };
    this.#responder = new QueryResponder(this.#terminal, this.#core, known, answer);
  }

  /** P8: what it says it is drawn with. */
  set colors(colors: TerminalColors) {
    this.#responder.colors = colors;
  }

  /** The reports that the program has enabled. */
  get reporting(): ReportingModes {
    const { coreMouseService, coreService } = this.#core;
    return {
      mouse: coreMouseService.activeProtocol !== 'NONE',
      focus: coreService.decPrivateModes.sendFocus,
    };
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** The beginning of a sequence or a character whose end has not come. */
  get pending(): Uint8Array {
    return this.#sequences.pending;
  }

  /** Synchronous. A fault of the emulator itself costs the rest of what it was parsing, and is returned. */
  feed(data: Uint8Array): unknown {
    const ready = this.#sequences.push(data);
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

  /** Lines after which nothing before them is left, where plain text only scrolls; null where it does more. */
  get linesKept(): number | null {
    const { buffers, rows } = this.#core._bufferService;
    const { scrollTop, scrollBottom, lines } = buffers.normal;
    const scrolls = !this.isAlternate && scrollTop === 0 && scrollBottom === rows - 1;
    const { modes, decPrivateModes } = this.#core.coreService;
    if (!scrolls || this.pending.length > 0 || modes.insertMode || decPrivateModes.origin) return null;
    return lines.maxLength;
  }

  /** Rows of the normal screen, from the top, that hold something. */
  get rowsUsed(): number {
    return countUsedRows(this.#core);
  }

  /** Bit by bit: between two steps something else may be done, but not with this. Null where it is over `maxBytes`. */
  *snapshot(maxBytes: number): Generator<void, ScreenState | null> {
    const { cols, rows } = this.#terminal;
    const { pending } = this;
    const { normal, alternate } = this.#flags;
    const source = {
      core: this.#core,
      cols,
      rows,
      nameOf: this.#nameOf,
      observed: this.#observed.state,
      keyboard: { normal, alternate },
    };
    const written = yield* serialize(source, maxBytes - pending.length);
    if (written === null) return null;
    const encoder = new TextEncoder();
    return { cols, rows, data: encoder.encode(written.data), modes: encoder.encode(written.modes), pending };
  }
}

function newTerminal(
  { cols, rows }: TerminalSize,
  scrollback: number,
): InstanceType<typeof headless.Terminal> {
  const terminal = new headless.Terminal({
    cols,
    rows,
    scrollback,
    allowProposedApi: true,
    logLevel: 'off',
    windowOptions: WINDOW_QUERIES,
  });
  measureClusters(terminal, new UnicodeGraphemesAddon());
  return terminal;
}
