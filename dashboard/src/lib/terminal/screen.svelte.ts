import type { TerminalSize } from '@muster/protocol';
import { untrack } from 'svelte';
import { isAlive } from '../agents/status.ts';
import { takeChord } from './chords.ts';
import { copySelection } from './clipboard.ts';
import type { Emulator, EmulatorEvents } from './emulator.ts';
import { clampSize, sameSize, scaledFont } from './fit.ts';
import type { FoundLink } from './links.ts';
import { loadEmulator } from './load-emulator.ts';
import { colorsOf, type Ground, MIN_CONTRAST, PALETTES } from './palette.ts';
import { Paster } from './paster.svelte.ts';
import { isHandheld } from './platform.ts';
import { pagePreferences } from './preferences.svelte.ts';
import { isTyping, mayReply } from './replies.ts';
import { TerminalSearch } from './terminal-search.svelte.ts';
import { ScreenView } from './view.svelte.ts';
import type { AgentWatch } from './watch.svelte.ts';

/** The element that holds a terminal carries the emulator, so that a test can read its cells. */
export interface TerminalElement extends HTMLElement {
  musterTerminal?: Emulator['terminal'];
}

/** Whether keys go to the program: `later`, when this page has the keyboard that it was promised. */
export type InputDecision = 'now' | 'later' | 'never';

/** ms a moving window edge is given before the program hears of a new size. */
const FIT_DELAY_MS = 90;

/** One terminal on the page: focus, input, size and search. */
export class TerminalScreen {
  focused = $state(false);
  ready = $state(false);
  title = $state('');
  readonly finder = new TerminalSearch();
  /** A link that was pressed and waits for what a person wants of it. */
  link = $state.raw<Pick<FoundLink, 'kind' | 'target'> | null>(null);
  /** True while the program is drawn smaller than its text would be here. */
  scaled = $state(false);
  /** Moves the focus out of the terminal; set by the component that shows it. */
  leave: () => void = () => {};
  /** Further chords, such as moving between tiles; true when taken. */
  chord: (event: KeyboardEvent) => boolean = () => false;
  /** B9: asked with all that is typed here. */
  gate: (data: string | Uint8Array) => InputDecision = () => 'now';
  /** X5: whether this page's member may size the program at all. */
  able: () => boolean = () => true;
  /** Which of its rows are seen. */
  view = $state.raw<ScreenView | null>(null);
  readonly paster = new Paster({
    bracketed: () => this.asked.bracketed,
    send: (data) => this.type(data),
  });
  readonly watch: AgentWatch;
  readonly #tile: boolean;
  #host: TerminalElement | null = null;
  #emulator: Emulator | null = null;
  #fitTimer: ReturnType<typeof setTimeout> | undefined;
  /** Wanted before there was anything to focus. */
  #focusWanted = false;
  #fittedFirst = false;
  #ground: () => Ground = () => 'dark';
  /** P8: the colours that the program was told from here. */
  #sentColors: Ground | null = null;

  /** `tile`: one of several on a page, which leaves the program its size until this page drives it. */
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
    void loadEmulator().then(({ createEmulator }) => {
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
    const { terminal, loadSearch } = emulator;
    host.musterTerminal = terminal;
    terminal.textarea?.addEventListener('focus', () => this.#focusChanged(true));
    terminal.textarea?.addEventListener('blur', () => this.#focusChanged(false));
    this.finder.use(loadSearch);
    const observer = new ResizeObserver(() => this.#scale());
    observer.observe(host);
    const windowResized = () => this.#windowResized();
    addEventListener('resize', windowResized);
    const view = new ScreenView(terminal, host, () => this.drives);
    this.view = view;
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
    this.#scale();
    if (this.#focusWanted) terminal.focus();
    return () => {
      clearTimeout(this.#fitTimer);
      removeEventListener('resize', windowResized);
      observer.disconnect();
      view.dispose();
      this.view = null;
      this.finder.use(null);
      delete host.musterTerminal;
      this.#emulator = null;
      this.ready = false;
      terminal.dispose();
    };
  }

  #events(): EmulatorEvents {
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
      pasted: (text) => this.paste(text),
      link: (link) => {
        this.link = link;
      },
      measured: () => this.#measured(),
      chord: (event: KeyboardEvent) => this.#ownChord(event) || this.chord(event),
    };
  }

  /** Ours whatever the program: find, copy, paste, the size of the text, and the way out. */
  #ownChord(event: KeyboardEvent): boolean {
    return takeChord(event, {
      find: () => {
        this.finder.open = true;
      },
      copy: () => void copySelection(this.#emulator?.terminal),
      hasSelection: () => this.#emulator?.terminal.hasSelection() ?? false,
      leave: () => this.leave(),
      resizeText: (by) => this.resizeText(by),
    });
  }

  /** X22: text from wherever; asked about first where the program would run it at once. */
  paste(text: string): boolean {
    return this.gate('') !== 'never' && this.paster.paste(text);
  }

  setOptionIsMeta(on: boolean): void {
    pagePreferences().setOptionIsMeta(on);
    if (this.#emulator !== null) this.#emulator.terminal.options.macOptionIsMeta = on;
  }

  resizeText(by: -1 | 0 | 1): void {
    pagePreferences().resizeText(by);
    this.#measured();
  }

  /** The cells changed their size. The page that sizes the program fits it again; others scale it. */
  #measured(): void {
    if (this.#fittedFirst && this.sizes && !isHandheld()) this.fit();
    else this.#scale();
  }

  /** Sends what a person typed elsewhere, on the quick keys or in the line below; false when another drives. */
  type(data: string | Uint8Array): boolean {
    const sent = this.#keys(data);
    if (sent) this.view?.toLatest();
    return sent;
  }

  #keys(data: string | Uint8Array): boolean {
    const passage = this.gate(data);
    // Input that cannot be sent is not accepted either: the caller still has it.
    return passage === 'now' ? this.watch.input(data) : passage === 'later';
  }

  /** B9: what is done here, beyond looking, is for the program to hear of. */
  get drives(): boolean {
    return this.able() && this.watch.driven !== 'elsewhere' && this.watch.state?.terminal !== null;
  }

  /** B9: the driver's page sizes the program; while nobody drives, a page that watches it alone. */
  get sizes(): boolean {
    const { driven, presence } = this.watch;
    if (driven === 'here' || driven === 'none') return true;
    return driven === 'nobody' && !this.#tile && presence !== null && presence.total <= 1;
  }

  /** The key and paste modes that the program has set. */
  get asked(): { readonly applicationCursor: boolean; readonly bracketed: boolean; readonly kitty: boolean } {
    const { terminal, keyboard } = this.#emulator ?? {};
    const { applicationCursorKeysMode: applicationCursor = false, bracketedPasteMode: bracketed = false } =
      terminal?.modes ?? {};
    return { applicationCursor, bracketed, kitty: (keyboard?.flags ?? 0) !== 0 };
  }

  /** Now, or as soon as there is something to focus. */
  focus(): void {
    this.#focusWanted = true;
    this.#emulator?.terminal.focus();
  }

  recolour(ground: Ground): void {
    const emulator = this.#emulator;
    if (emulator === null) return;
    emulator.terminal.options.theme = PALETTES[ground];
    emulator.terminal.options.minimumContrastRatio = MIN_CONTRAST[ground];
    untrack(() => this.#sendColors());
  }

  /** P8: the driver's page sends its colours. */
  becomeDriver(): void {
    this.#sentColors = null;
    // From a phone it is sized by hand.
    if (!isHandheld()) this.fit();
    this.#sendColors();
  }

  #sendColors(): void {
    const { driven, size } = this.watch;
    if (driven !== 'here' || size === null || this.#sentColors === this.#ground()) return;
    this.#sentColors = this.#ground();
    this.watch.resize(size, colorsOf(this.#sentColors));
  }

  endSearch(): void {
    this.finder.end();
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
      (!sameSize(capacity, this.watch.size) || this.#sentColors !== this.#ground())
    ) {
      this.#sentColors = this.#ground();
      this.watch.resize(capacity, colorsOf(this.#sentColors));
    }
    this.#scale();
  }

  /** For pipes: a line feed alone starts a new line, and keys go through the line below. */
  setPipe(pipe: boolean): void {
    if (this.#emulator === null) return;
    Object.assign(this.#emulator.terminal.options, { convertEol: pipe, disableStdin: pipe });
    if (pipe) this.fit();
  }

  /** Once the viewers are known: a terminal without other viewers is fitted to this page. */
  fitFirst(): void {
    if (this.#fittedFirst) return;
    this.#fittedFirst = true;
    if (this.sizes && !isHandheld()) this.fit();
  }

  #focusChanged(focused: boolean): void {
    this.focused = focused;
  }

  /** Panels and notes around it leave the program as it is; the window is moved by the driver, as a terminal's is. */
  #windowResized(): void {
    clearTimeout(this.#fitTimer);
    this.#fitTimer = setTimeout(() => {
      if (this.watch.driven === 'here' && !isHandheld()) this.fit();
    }, FIT_DELAY_MS);
  }

  #take(size: TerminalSize): void {
    const terminal = this.#emulator?.terminal;
    terminal?.resize(size.cols, size.rows);
    this.#scale();
  }

  /** Cells that fit at the font that was chosen: measured at that font, so drawing smaller does not change it. */
  #capacity(): TerminalSize | null {
    const emulator = this.#emulator;
    if (emulator === null) return null;
    emulator.terminal.options.fontSize = pagePreferences().fontSize;
    const proposed = emulator.fit.proposeDimensions();
    return proposed === undefined || Number.isNaN(proposed.cols)
      ? null
      : clampSize(proposed.cols, proposed.rows);
  }

  #scale(): void {
    const emulator = this.#emulator;
    const { size } = this.watch;
    if (emulator === null || this.#host === null) return;
    const base = pagePreferences().fontSize;
    const capacity = this.#capacity();
    if (capacity !== null && size !== null) {
      const font = scaledFont(size, capacity, base);
      this.scaled = font < base;
      if (this.scaled) emulator.terminal.options.fontSize = font;
    }
    this.view?.measure();
  }
}
