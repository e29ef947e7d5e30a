import type { IMarker, Terminal } from '@xterm/xterm';
import { firstRow } from './follow.ts';
import { PROMPT_ROWS, type PromptKey, promptKeys } from './prompt-keys.ts';
import { panByTouch, type Touches } from './touch.ts';

/** Lines that a turn of a wheel moves. */
const WHEEL_LINES = 3;
/** ms without output after which a question is one. */
const PROMPT_QUIET_MS = 150;
/** Reports of a wheel in one movement of a finger. */
const MOST_REPORTS = 8;

/** px; measured when the box or the font changes, since asking the page in each frame costs frames (F13). */
interface Measures {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly boxWidth: number;
  readonly boxHeight: number;
  /** Of the screen within its box. */
  readonly left: number;
  readonly top: number;
}

/** The visible part of a terminal: rows that do not fit, scrollback, and scrolling by touch and wheel. */
export class ScreenView {
  /** Lines that were printed since a person scrolled up; null at the newest, `Infinity` where they are past counting. */
  behind = $state<number | null>(null);
  /** Part of the screen does not fit. */
  cut = $state(false);
  /** Answers to the prompt on the program's last lines; computed only while they are shown. */
  prompt = $state.raw<readonly PromptKey[]>([]);
  readonly #terminal: Terminal;
  readonly #box: HTMLElement;
  /** B9: whether what is moved may be told to the program. */
  readonly #isDriver: () => boolean;
  readonly #stops: (() => void)[] = [];
  readonly #touches: Touches;
  #measures: Measures | null = null;
  #following = true;
  /** Where this last put the box. */
  #placed = { left: 0, top: 0 };
  #marker: IMarker | null = null;
  /** Of a finger's way, what was less than a line. */
  #rest = 0;
  #asked: ReturnType<typeof setTimeout> | undefined;
  #watchesPrompt = false;

  constructor(terminal: Terminal, host: HTMLElement, driving: () => boolean) {
    this.#terminal = terminal;
    this.#box = host.parentElement ?? host;
    this.#isDriver = driving;
    const rendered = terminal.onRender(() => this.#rendered());
    // Lines printed below the part being read cause no render, but they count.
    const parsed = terminal.onWriteParsed(() => this.behind !== null && this.#count());
    const scrolled = () => this.#boxScrolled();
    this.#box.addEventListener('scroll', scrolled, { passive: true });
    terminal.attachCustomWheelEventHandler((event) => this.#wheel(event));
    this.#touches = panByTouch(this.#box, (dx, dy, at) => this.#pan(dx, dy, at));
    this.#stops.push(
      () => rendered.dispose(),
      () => parsed.dispose(),
      () => this.#box.removeEventListener('scroll', scrolled),
      () => this.#touches.dispose(),
    );
  }

  /** Returns how to stop. */
  watchPrompt(): () => void {
    this.#watchesPrompt = true;
    this.#askLater();
    return () => {
      this.#watchesPrompt = false;
      clearTimeout(this.#asked);
    };
  }

  #askLater(): void {
    clearTimeout(this.#asked);
    this.#asked = setTimeout(() => {
      const { active } = this.#terminal.buffer;
      const last = active.baseY + active.cursorY;
      const rows = Array.from({ length: PROMPT_ROWS }, (_, index) => last - PROMPT_ROWS + 1 + index + 2);
      this.prompt = promptKeys(rows.map((row) => active.getLine(row)?.translateToString(true) ?? ''));
    }, PROMPT_QUIET_MS);
  }

  dispose(): void {
    clearTimeout(this.#asked);
    for (const stop of this.#stops) stop();
  }

  /** The box, the font or the screen's size is another. */
  measure(): void {
    const screen = this.#terminal.element?.querySelector('.xterm-screen');
    if (!(screen instanceof HTMLElement)) return;
    const { cols, rows } = this.#terminal;
    const [box, inner] = [this.#box.getBoundingClientRect(), screen.getBoundingClientRect()];
    this.#measures = {
      cellWidth: screen.offsetWidth / cols,
      cellHeight: screen.offsetHeight / rows,
      boxWidth: this.#box.clientWidth,
      boxHeight: this.#box.clientHeight,
      left: inner.left - box.left + this.#box.scrollLeft,
      top: inner.top - box.top + this.#box.scrollTop,
    };
    this.cut = screen.offsetHeight > this.#measures.boxHeight || screen.offsetWidth > this.#measures.boxWidth;
    this.#following = true;
    this.#follow();
  }

  toLatest(): void {
    this.#touches.halt();
    this.#following = true;
    this.#terminal.scrollToBottom();
    this.#follow();
  }

  #rendered(): void {
    this.#count();
    if (this.#watchesPrompt) this.#askLater();
    if (this.#following) this.#follow();
  }

  /** Lines printed while an older part is on the screen. */
  #count(): void {
    const { active } = this.#terminal.buffer;
    const up = active.type === 'normal' && active.viewportY < active.baseY;
    if (!up) {
      this.#marker?.dispose();
      this.#marker = null;
      if (this.behind !== null) this.behind = null;
      return;
    }
    this.#marker ??= this.#terminal.registerMarker(0);
    const { isDisposed, line } = this.#marker;
    this.behind = isDisposed ? Number.POSITIVE_INFINITY : Math.max(0, active.baseY + active.cursorY - line);
  }

  #follow(): void {
    const measures = this.#measures;
    const { active } = this.#terminal.buffer;
    if (measures === null || active.viewportY < active.baseY) return;
    const { cellWidth, cellHeight, boxWidth, boxHeight } = measures;
    const fit = (boxHeight - measures.top) / cellHeight;
    const first = firstRow({ cursorRow: active.cursorY, lastRow: this.#lastRow(), fit });
    const top =
      fit >= this.#terminal.rows ? 0 : Math.round(first * cellHeight + (first > 0 ? measures.top : 0));
    // Lines begin at the left; the cursor's column counts only where a person writes.
    const end = measures.left + (active.cursorX + 2) * cellWidth;
    const left = this.#isDriver() && this.#focused && end > boxWidth ? Math.round(end - boxWidth) : 0;
    this.#place(left, top);
  }

  get #focused(): boolean {
    return this.#terminal.textarea === document.activeElement;
  }

  #place(left: number, top: number): void {
    if (left === this.#placed.left && top === this.#placed.top) return;
    this.#placed = { left, top };
    this.#box.scrollTo(left, top);
  }

  /** The last of the rows under the cursor that are worth showing with it. */
  #lastRow(): number {
    const { active } = this.#terminal.buffer;
    for (let row = Math.min(this.#terminal.rows - 1, active.cursorY + 3); row > active.cursorY; row -= 1)
      if (active.getLine(active.baseY + row)?.translateToString(true) !== '') return row;
    return active.cursorY;
  }

  /** A person who moved the box by hand reads there, until they come back to what is newest. */
  #boxScrolled(): void {
    const { scrollLeft, scrollTop } = this.#box;
    const near = (this.#measures?.cellHeight ?? 16) / 2;
    const moved = Math.hypot(scrollLeft - this.#placed.left, scrollTop - this.#placed.top);
    if (moved <= near) this.#following = true;
    else if (this.#following && moved > near) this.#following = false;
  }

  #pan(dx: number, dy: number, at: { readonly clientX: number; readonly clientY: number }): void {
    const box = this.#box;
    box.scrollLeft -= dx;
    const { active } = this.#terminal.buffer;
    const up = active.type === 'normal' && active.viewportY < active.baseY;
    const before = box.scrollTop;
    // Down through what is older, and only then through what does not fit; upwards the other way about.
    if (dy > 0 || !up) box.scrollTop -= dy;
    const left = dy + (box.scrollTop - before);
    if (Math.abs(left) < 0.5) {
      this.#rest = 0;
      return;
    }
    this.#rest -= left;
    const lines = Math.trunc(this.#rest / (this.#measures?.cellHeight ?? 16));
    if (lines === 0) return;
    this.#rest -= lines * (this.#measures?.cellHeight ?? 16);
    this.#scroll(lines, at);
  }

  /** In a program that scrolls by itself its driver's fingers are a wheel; everything else is only looking. */
  #scroll(lines: number, at: { readonly clientX: number; readonly clientY: number }): void {
    const screen = this.#terminal.element?.querySelector('.xterm-screen');
    if (!this.#own || !this.#isDriver()) {
      this.#terminal.scrollLines(lines);
      return;
    }
    for (let count = Math.min(MOST_REPORTS, Math.abs(lines)); count > 0; count -= 1) {
      const [clientX, clientY] = [at.clientX, at.clientY];
      const turn = { deltaY: Math.sign(lines), deltaMode: WheelEvent.DOM_DELTA_LINE, clientX, clientY };
      screen?.dispatchEvent(new WheelEvent('wheel', { ...turn, bubbles: true, cancelable: true }));
    }
  }

  /** The program takes wheels: by mouse reports, or as arrows on a screen without a past. */
  get #own(): boolean {
    const { buffer, modes } = this.#terminal;
    return modes.mouseTrackingMode !== 'none' || buffer.active.type === 'alternate';
  }

  /** An observer's wheel is theirs alone. False: the program does not hear of it. */
  #wheel(event: WheelEvent): boolean {
    if (!this.#own || this.#isDriver()) return true;
    if (this.#terminal.buffer.active.type === 'normal')
      this.#terminal.scrollLines(Math.sign(event.deltaY) * WHEEL_LINES);
    else this.#box.scrollTop += event.deltaY;
    return false;
  }
}
