import type { Position, TerminalColors } from '@muster/protocol';
import { QuestionScanner } from './questions.ts';
import type { Screen, ScreenDeps } from './screen.ts';

/** A screen that is loaded with the first output of its terminal, since most keepers' print nothing (F11). */
export class LateScreen {
  readonly #deps: ScreenDeps;
  readonly #questions = new QuestionScanner();
  #screen: Screen | null = null;
  /** What it is told when it is there; null: nothing has asked for it yet. */
  #told: ((screen: Screen) => void)[] | null = null;
  #live: Position | null = null;
  #colors: TerminalColors | null = null;
  #closed = false;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  /** P7, P8: the frame at `at`, the newest, begins a run. */
  begins(at: Position): void {
    this.#live = at;
    if (this.#told !== null) this.#tell((screen) => screen.begins(at));
  }

  /** P8: whether what the program prints next may be asking something; then it is to be in the spool soon. */
  asks(data: Uint8Array): boolean {
    return this.#questions.sees(data, this.#deps.now());
  }

  wrote(bytes: number, asks: boolean): void {
    if (this.#screen !== null) return this.#screen.wrote(bytes, asks);
    const { now } = this.#deps;
    const [head, at] = [this.#deps.head(), now()];
    this.#tell((screen) => screen.wrote(bytes, asks, head, at));
  }

  requested(): void {
    const head = this.#deps.head();
    this.#tell((screen) => screen.requested(head));
  }

  exited(): void {
    const head = this.#deps.head();
    if (this.#told !== null) this.#tell((screen) => screen.exited(head));
  }

  set colors(colors: TerminalColors) {
    this.#colors = colors;
    if (this.#screen !== null) this.#screen.colors = colors;
  }

  /** What of an input reaches the program. `answer`: nobody typed it (X6). */
  passing(data: Uint8Array, answer: boolean): Uint8Array {
    return this.#screen?.passing(data, answer) ?? (answer ? new Uint8Array() : data);
  }

  /** P7: rows that hold something; undefined: not known. */
  rowsUsed(): number | undefined {
    if (this.#told === null && this.#deps.spool.found === 'nothing') return 0;
    return this.#screen?.rowsUsed();
  }

  close(): void {
    this.#closed = true;
    this.#screen?.close();
  }

  #tell(what: (screen: Screen) => void): void {
    if (this.#screen !== null) return what(this.#screen);
    if (this.#closed) return;
    if (this.#told === null) this.#load().catch((problem) => this.#loadFailed(problem));
    this.#told ??= [];
    this.#told.push(what);
  }

  /** An upgrade may have removed the file. The program goes on, without snapshots and answers. */
  #loadFailed(problem: unknown): void {
    this.#closed = true;
    this.#told = [];
    this.#deps.warn(problem, 'the terminal emulator cannot be loaded');
  }

  async #load(): Promise<void> {
    const { Screen: Loaded } = await import('./screen.ts');
    if (this.#closed) return;
    const screen = new Loaded(this.#deps);
    this.#screen = screen;
    if (this.#colors !== null) screen.colors = this.#colors;
    for (const told of this.#told ?? []) told(screen);
    this.#told = [];
    if (this.#live !== null) screen.begins(this.#live);
  }
}
