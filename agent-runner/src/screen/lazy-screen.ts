import type { Position, TerminalColors } from '@muster/protocol';
import { QueryScanner } from './query-scanner.ts';
import type { Screen, ScreenDeps } from './screen.ts';

/** A screen that is loaded with the terminal's first output, since most keepers print nothing (F11). */
export class LazyScreen {
  readonly #deps: ScreenDeps;
  readonly #queries = new QueryScanner();
  #screen: Screen | null = null;
  /** Calls to make once it is loaded; null: nothing has asked for it yet. */
  #queued: ((screen: Screen) => void)[] | null = null;
  #liveFrom: Position | null = null;
  #colors: TerminalColors | null = null;
  #closed = false;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  /** P7, P8: the frame at `at`, the newest, begins a run. */
  runStarted(at: Position): void {
    this.#liveFrom = at;
    if (this.#queued !== null) this.#whenLoaded((screen) => screen.runStarted(at));
  }

  /** P8: whether what the program prints next may query its terminal; then it is to be in the spool soon. */
  mayQuery(data: Uint8Array): boolean {
    return this.#queries.mayContainQuery(data, this.#deps.now());
  }

  outputWritten(bytes: number, isQuery: boolean): void {
    if (this.#screen !== null) return this.#screen.outputWritten(bytes, isQuery);
    const { now } = this.#deps;
    const [head, at] = [this.#deps.head(), now()];
    this.#whenLoaded((screen) => screen.outputWritten(bytes, isQuery, head, at));
  }

  snapshotRequested(): void {
    const head = this.#deps.head();
    this.#whenLoaded((screen) => screen.snapshotRequested(head));
  }

  programExited(): void {
    const head = this.#deps.head();
    if (this.#queued !== null) this.#whenLoaded((screen) => screen.programExited(head));
  }

  set colors(colors: TerminalColors) {
    this.#colors = colors;
    if (this.#screen !== null) this.#screen.colors = colors;
  }

  /** Returns the part of an input that reaches the program. `answer`: nobody typed it (X6). */
  filterInput(data: Uint8Array, answer: boolean): Uint8Array {
    return this.#screen?.filterInput(data, answer) ?? (answer ? new Uint8Array() : data);
  }

  /** P7: rows that hold something; undefined: not known. */
  rowsUsed(): number | undefined {
    if (this.#queued === null && this.#deps.spool.found === 'nothing') return 0;
    return this.#screen?.rowsUsed();
  }

  close(): void {
    this.#closed = true;
    this.#screen?.close();
  }

  #whenLoaded(what: (screen: Screen) => void): void {
    if (this.#screen !== null) return what(this.#screen);
    if (this.#closed) return;
    if (this.#queued === null) this.#load().catch((problem) => this.#loadFailed(problem));
    this.#queued ??= [];
    this.#queued.push(what);
  }

  /** An upgrade may have removed the file. The program goes on, without snapshots and replies. */
  #loadFailed(problem: unknown): void {
    this.#closed = true;
    this.#queued = [];
    this.#deps.warn(problem, 'the terminal emulator cannot be loaded');
  }

  async #load(): Promise<void> {
    const { Screen: Loaded } = await import('./screen.ts');
    if (this.#closed) return;
    const screen = new Loaded(this.#deps);
    this.#screen = screen;
    if (this.#colors !== null) screen.colors = this.#colors;
    for (const told of this.#queued ?? []) told(screen);
    this.#queued = [];
    if (this.#liveFrom !== null) screen.runStarted(this.#liveFrom);
  }
}
