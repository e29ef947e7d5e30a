import type { TerminalSize } from '@muster/protocol';
import { untrack } from 'svelte';
import { isAlive } from '../agents/status.ts';
import type { Emulator } from './emulator.ts';
import { BASE_FONT, clampSize, sameSize, scaledFont } from './fit.ts';
import { colorsOf, type Ground, MIN_CONTRAST, PALETTES, SEARCH_COLOURS } from './palette.ts';
import { isTyping, mayReply } from './replies.ts';
import type { AgentWatch } from './watch.svelte.ts';

/** The element that holds a terminal carries the emulator, so that a test can read its cells. */
export interface TerminalElement extends HTMLElement {
  musterTerminal?: Emulator['terminal'];
}

/** Whether keys go to the program: `later`, when this page has the keyboard that it was promised. */
export type Passage = 'now' | 'later' | 'never';

/** ms a moving window edge is given before the program hears of a new size. */
const FIT_DELAY_MS = 90;

/** One terminal on the page: who has it under the hands, how large it is drawn, what is looked for in it. */
export class TerminalScreen {
  focused = $state(false);
  ready = $state(false);
  title = $state('');
  searching = $state(false);
  hits = $state.raw<{ index: number; count: number } | null>(null);
  /** A link that was pressed and waits to be confirmed. */
  link = $state<string | null>(null);
  /** True while the program is drawn smaller than its text would be here. */
  scaled = $state(false);
  /** A person's way out with the keyboard, set by whoever shows the terminal. */
  leave: () => void = () => {};
  /** Further chords, such as moving between tiles; true when taken. */
  chord: (event: KeyboardEvent) => boolean = () => false;
  /** B9: asked with all that is typed here. */
  gate: (data: string | Uint8Array) => Passage = () => 'now';
  /** X5: whether this page's member may size the program at all. */
  able: () => boolean = () => true;
  readonly watch: AgentWatch;
  readonly #tile: boolean;
  #host: TerminalElement | null = null;
  #emulator: Emulator | null = null;
  #fitTimer: ReturnType<typeof setTimeout> | undefined;
  #fittedFirst = false;
  #ground: () => Ground = () => 'dark';
  /** P8: the colours that the program was told from here. */
  #told: Ground | null = null;

  /** `tile`: one of several on a page, which leaves the program its size until somebody drives it here. */
  constructor(watch: AgentWatch, { tile = false } = {}) {
    this.watch = watch;
    this.#tile = tile;
  }

  /** Loads the emulator into `host`; returns how to take it away again. */
  mount(host: TerminalElement, ground: () => Ground): () => void {
    // Keeps the emulator out of the Worker's bundle, where nothing is ever mounted.
    if (import.meta.env.SSR) return () => {};
    this.#ground = ground;
    let left = false;
    let unmount = () => {};
    void import('./emulator.ts').then(({ createEmulator }) => {
      if (!left) unmount = this.#open(host, createEmulator(host, ground(), this.#events()));
    });
    return () => {
      left = true;
      unmount();
    };
  }

  #open(host: TerminalElement, emulator: Emulator): () => void {
    this.#host = host;
    this.#emulator = emulator;
    const { terminal, search } = emulator;
    host.musterTerminal = terminal;
    terminal.textarea?.addEventListener('focus', () => this.#focusChanged(true));
    terminal.textarea?.addEventListener('blur', () => this.#focusChanged(false));
    search.onDidChangeResults(({ resultIndex, resultCount }) => {
      this.hits = { index: resultIndex, count: resultCount };
    });
    const observer = new ResizeObserver(() => this.#boxChanged());
    observer.observe(host);
    this.watch.show(
      {
        get alternate() {
          return terminal.buffer.active.type === 'alternate';
        },
        resize: (size) => this.#take(size),
      },
      terminal,
    );
    this.ready = true;
    this.#boxChanged();
    return () => {
      clearTimeout(this.#fitTimer);
      observer.disconnect();
      delete host.musterTerminal;
      this.#emulator = null;
      this.ready = false;
      terminal.dispose();
    };
  }

  #events() {
    return {
      typed: (data: string | Uint8Array) => {
        if (isTyping(data)) this.#keys(data);
        else this.watch.answer(data);
      },
      answered: (data: string) => {
        const { parsingPast, parsingOwn } = this.watch;
        const keeperAnswers = this.watch.state?.keeperAnswers;
        const parsing = { replaying: parsingPast, driving: parsingOwn, keeperAnswers };
        if (mayReply(data, parsing)) this.watch.answer(data);
      },
      title: (text: string) => {
        this.title = text;
      },
      link: (uri: string) => {
        this.link = uri;
      },
      chord: (event: KeyboardEvent) => this.#ownChord(event) || this.chord(event),
    };
  }

  /** Ours whatever the program: find, copy, paste, and the way out. */
  #ownChord(event: KeyboardEvent): boolean {
    if (!event.shiftKey || !(event.ctrlKey || event.metaKey) || event.altKey) return false;
    switch (event.code) {
      case 'KeyF':
        this.searching = true;
        break;
      case 'KeyC':
        void this.copy();
        break;
      case 'Space':
        this.leave();
        break;
      case 'KeyV':
        // The browser pastes into the focused field, which asks nobody's permission.
        return true;
      default:
        return false;
    }
    event.preventDefault();
    return true;
  }

  async copy(): Promise<void> {
    const text = this.#emulator?.terminal.getSelection() ?? '';
    if (text === '') return;
    if (navigator.clipboard === undefined) document.execCommand('copy');
    else await navigator.clipboard.writeText(text);
  }

  /** Sends what a person typed elsewhere, on the quick keys or in the line below; false when another drives. */
  type(data: string | Uint8Array): boolean {
    const sent = this.#keys(data);
    if (sent) this.#emulator?.terminal.scrollToBottom();
    return sent;
  }

  #keys(data: string | Uint8Array): boolean {
    const passage = this.gate(data);
    if (passage === 'now') this.watch.input(data);
    return passage !== 'never';
  }

  /** B9: the driver's page sizes the program; while nobody drives, a page that watches it alone. */
  get sizes(): boolean {
    const { driven, presence } = this.watch;
    if (driven === 'here' || driven === 'none') return true;
    return driven === 'nobody' && !this.#tile && presence !== null && presence.total <= 1;
  }

  get applicationCursor(): boolean {
    return this.#emulator?.terminal.modes.applicationCursorKeysMode ?? false;
  }

  focus(): void {
    this.#emulator?.terminal.focus();
  }

  recolour(ground: Ground): void {
    const emulator = this.#emulator;
    if (emulator === null) return;
    emulator.terminal.options.theme = PALETTES[ground];
    emulator.terminal.options.minimumContrastRatio = MIN_CONTRAST[ground];
    untrack(() => {
      if (this.sizes) this.fit();
    });
  }

  /** P8: whoever drives now says what it is drawn with. */
  drives(): void {
    this.#told = null;
    if (this.sizes) this.fit();
  }

  find(text: string, direction: 'next' | 'previous', ground: Ground): void {
    const { hit, active } = SEARCH_COLOURS[ground];
    const options = {
      incremental: direction === 'next',
      decorations: {
        matchBackground: hit,
        matchOverviewRuler: hit,
        activeMatchBackground: active,
        activeMatchColorOverviewRuler: active,
      },
    };
    if (direction === 'next') this.#emulator?.search.findNext(text, options);
    else this.#emulator?.search.findPrevious(text, options);
  }

  endSearch(): void {
    this.searching = false;
    this.hits = null;
    this.#emulator?.search.clearDecorations();
    this.focus();
  }

  /** Gives the program the size that fits here; a pipe has none, so there only the view is fitted. */
  fit(): void {
    const capacity = this.#capacity();
    if (capacity === null) return;
    const { state } = this.watch;
    if (state === null) return;
    const { status, connection } = state.agent;
    const reachable = connection === 'online' && isAlive(status);
    if (state.terminal === null) this.#emulator?.terminal.resize(capacity.cols, capacity.rows);
    else if (
      reachable &&
      this.able() &&
      this.watch.driven !== 'elsewhere' &&
      (!sameSize(capacity, this.watch.size) || this.#told !== this.#ground())
    ) {
      this.#told = this.#ground();
      this.watch.resize(capacity, colorsOf(this.#told));
    }
    this.#scale();
  }

  /** For pipes: a line feed alone starts a new line, and keys go through the line below. */
  setPipe(pipe: boolean): void {
    const options = this.#emulator?.terminal.options;
    if (options === undefined) return;
    options.convertEol = pipe;
    options.disableStdin = pipe;
    if (pipe) this.fit();
  }

  /** Once it is known who watches: a terminal that nobody else does is fitted to this page. */
  firstSight(): void {
    if (this.#fittedFirst) return;
    this.#fittedFirst = true;
    if (this.sizes) this.fit();
  }

  #focusChanged(focused: boolean): void {
    this.focused = focused;
  }

  #boxChanged(): void {
    this.#scale();
    clearTimeout(this.#fitTimer);
    this.#fitTimer = setTimeout(() => {
      if (this.sizes) this.fit();
    }, FIT_DELAY_MS);
  }

  #take(size: TerminalSize): void {
    const terminal = this.#emulator?.terminal;
    if (terminal === undefined || (terminal.cols === size.cols && terminal.rows === size.rows)) return;
    terminal.resize(size.cols, size.rows);
    this.#scale();
  }

  /** Cells that fit at the base font: measured at that font, so drawing smaller does not change it. */
  #capacity(): TerminalSize | null {
    const emulator = this.#emulator;
    if (emulator === null) return null;
    emulator.terminal.options.fontSize = BASE_FONT;
    const proposed = emulator.fit.proposeDimensions();
    return proposed === undefined || Number.isNaN(proposed.cols)
      ? null
      : clampSize(proposed.cols, proposed.rows);
  }

  #scale(): void {
    const emulator = this.#emulator;
    const { size } = this.watch;
    if (emulator === null || size === null || this.#host === null) return;
    const capacity = this.#capacity();
    if (capacity === null) return;
    const font = scaledFont(size, capacity);
    this.scaled = font < BASE_FONT;
    if (this.scaled) emulator.terminal.options.fontSize = font;
  }
}
