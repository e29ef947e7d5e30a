import type { Emulator } from '../terminal/emulator.ts';
import { clampSize, scaledFont } from '../terminal/fit.ts';
import { loadEmulator } from '../terminal/load-emulator.ts';
import { type Ground, MIN_CONTRAST, PALETTES } from '../terminal/palette.ts';
import { pagePreferences } from '../terminal/preferences.svelte.ts';
import type { TerminalElement } from '../terminal/screen.svelte.ts';
import { ScreenView } from '../terminal/view.svelte.ts';
import { type Loaded, loadRecording } from './load.ts';
import {
  countUntil,
  lengthOf,
  type Playback,
  pause,
  play,
  type Speed,
  START,
  seek,
  tick,
} from './playback.ts';
import { PlaybackRenderer } from './playback-renderer.ts';

export type Loading =
  | { readonly name: 'loading'; readonly bytes: number }
  | { readonly name: 'failed'; readonly message: string }
  | ({ readonly name: 'ready' } & Loaded);

/** One recording on the page: loaded, drawn, played. */
export class Player {
  loading = $state.raw<Loading>({ name: 'loading', bytes: 0 });
  playback = $state.raw<Playback>(START);
  /** Drawing is behind what is sought. */
  drawing = $state(false);
  readonly #path: string;
  readonly #gone = new AbortController();
  #emulator: Emulator | null = null;
  #renderer: PlaybackRenderer | null = null;
  #view: ScreenView | null = null;
  #frame = 0;

  /** `path`: where its asciicast is had. */
  constructor(path: string) {
    this.#path = path;
  }

  get events() {
    return this.loading.name === 'ready' ? this.loading.recording.events : [];
  }
  get length(): number {
    return lengthOf(this.events);
  }
  get playing(): boolean {
    return this.playback.since !== null;
  }

  async load(): Promise<void> {
    const progress = (bytes: number) => {
      this.loading = { name: 'loading', bytes };
    };
    try {
      const loaded = await loadRecording(this.#path, this.#gone.signal, progress);
      this.loading = { name: 'ready', ...loaded };
      this.#begin();
    } catch (reason) {
      if (this.#gone.signal.aborted) return;
      this.loading = { name: 'failed', message: reason instanceof Error ? reason.message : 'unknown' };
    }
  }

  /** Loads the emulator into `host`; returns how to take it away again. */
  mount(host: TerminalElement, ground: () => Ground): () => void {
    // Keeps the emulator out of the Worker's bundle, where nothing is ever mounted.
    if (import.meta.env.SSR) return () => {};
    const observer = new ResizeObserver(() => this.#scale());
    void loadEmulator().then(({ createEmulator }) => {
      if (this.#gone.signal.aborted) return;
      // X6: nothing that it says goes anywhere.
      const nothing = () => {};
      const events = {
        ...{ typed: nothing, answered: nothing, title: nothing, link: nothing, pasted: nothing },
        measured: () => this.#scale(),
        chord: () => true,
      };
      this.#emulator = createEmulator(host, ground(), events);
      this.#emulator.terminal.options.disableStdin = true;
      host.musterTerminal = this.#emulator.terminal;
      this.#view = new ScreenView(this.#emulator.terminal, host, () => false);
      observer.observe(host);
      this.#begin();
    });
    return () => {
      observer.disconnect();
      delete host.musterTerminal;
      this.close();
    };
  }

  close(): void {
    this.#gone.abort();
    cancelAnimationFrame(this.#frame);
    this.#view?.dispose();
    this.#emulator?.terminal.dispose();
    this.#emulator = null;
  }

  recolour(ground: Ground): void {
    const options = this.#emulator?.terminal.options;
    if (options === undefined) return;
    options.theme = PALETTES[ground];
    options.minimumContrastRatio = MIN_CONTRAST[ground];
  }

  toggle(): void {
    const now = performance.now();
    const { events } = this;
    const playback = tick(this.playback, events, now);
    this.#seekTo(playback.since === null ? play(playback, events, now) : pause(playback));
  }

  /** ms from the beginning. */
  seek(to: number): void {
    const now = performance.now();
    this.#seekTo(seek(tick(this.playback, this.events, now), this.events, to));
  }

  setSpeed(speed: Speed): void {
    this.#seekTo({ ...tick(this.playback, this.events, performance.now()), speed });
  }

  setSkipIdle(skipIdle: boolean): void {
    this.#seekTo({ ...tick(this.playback, this.events, performance.now()), skipIdle });
  }

  /** Once both are there: the emulator and what it is to show. */
  #begin(): void {
    if (this.#emulator === null || this.loading.name !== 'ready' || this.#renderer !== null) return;
    const { terminal } = this.#emulator;
    this.#renderer = new PlaybackRenderer(
      {
        write: (text, done) => terminal.write(text, done),
        resize: (cols, rows) => {
          terminal.resize(cols, rows);
          this.#scale();
        },
        reset: () => terminal.reset(),
      },
      this.loading.recording,
    );
    this.#seekTo(this.playback);
  }

  #seekTo(playback: Playback): void {
    this.playback = playback;
    cancelAnimationFrame(this.#frame);
    void this.#draw(countUntil(this.events, playback.at));
    if (playback.since === null) return;
    this.#frame = requestAnimationFrame(() =>
      this.#seekTo(tick(this.playback, this.events, performance.now())),
    );
  }

  async #draw(count: number): Promise<void> {
    if (this.#renderer === null) return;
    this.drawing = true;
    await this.#renderer.show(count);
    this.drawing = false;
  }

  /** As large as its own size lets it be here. */
  #scale(): void {
    const emulator = this.#emulator;
    if (emulator === null) return;
    const { terminal, fit } = emulator;
    const base = pagePreferences().fontSize;
    terminal.options.fontSize = base;
    const proposed = fit.proposeDimensions();
    if (proposed === undefined || Number.isNaN(proposed.cols)) return;
    const size = { cols: terminal.cols, rows: terminal.rows };
    terminal.options.fontSize = scaledFont(size, clampSize(proposed.cols, proposed.rows), base);
    this.#view?.measure();
  }
}
