import type { HighlightReply, HighlightRequest } from './highlight-worker.ts';
import type { Language } from './languages.ts';
import { HIGHLIGHT_TIMEOUT_MS, isTooLongToHighlight } from './limits.ts';
import type { Spans } from './spans.ts';

/** As much of a Worker as is used. */
export interface HighlightWorker {
  onmessage: ((event: MessageEvent<HighlightReply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(request: HighlightRequest): void;
  terminate(): void;
}

interface Pending {
  readonly code: string;
  readonly language: Language;
  readonly resolve: (spans: Spans | null) => void;
}

/**
 * Asks a worker for the tokens of one code after the other. A code that takes longer than HIGHLIGHT_TIMEOUT_MS stays plain,
 * and the next has a new worker. A worker that cannot be started leaves all plain.
 */
export class Highlighter {
  readonly #start: () => HighlightWorker;
  #worker: HighlightWorker | undefined;
  #failed = false;
  #waiting: Pending[] = [];
  #current: Pending | undefined;
  #id = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(start: () => HighlightWorker) {
    this.#start = start;
  }

  /** Resolves with null where the code stays plain. Aborting lets the worker skip what has not begun. */
  async highlight(code: string, language: Language, signal: AbortSignal): Promise<Spans | null> {
    if (this.#failed || signal.aborted || isTooLongToHighlight(code)) return null;
    return new Promise((resolve) => {
      const pending: Pending = { code, language, resolve };
      this.#waiting.push(pending);
      signal.addEventListener('abort', () => this.#drop(pending), { once: true });
      this.#next();
    });
  }

  #drop(pending: Pending): void {
    if (!this.#waiting.includes(pending)) return;
    this.#waiting = this.#waiting.filter((other) => other !== pending);
    pending.resolve(null);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const worker = this.#open();
    if (worker === undefined) return this.#fail(next);
    this.#current = next;
    this.#timer = setTimeout(() => this.#restart(), HIGHLIGHT_TIMEOUT_MS);
    worker.postMessage({ id: ++this.#id, code: next.code, language: next.language });
  }

  #open(): HighlightWorker | undefined {
    if (this.#worker !== undefined) return this.#worker;
    try {
      const worker = this.#start();
      worker.onmessage = ({ data }) => {
        if (data.id === this.#id) this.#finish(data.spans);
      };
      worker.onerror = () => {
        this.#failed = true;
        this.#restart();
      };
      this.#worker = worker;
      return worker;
    } catch {
      return undefined;
    }
  }

  #fail(next: Pending): void {
    this.#failed = true;
    for (const pending of [next, ...this.#waiting.splice(0)]) pending.resolve(null);
  }

  #restart(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    if (this.#failed) for (const pending of this.#waiting.splice(0)) pending.resolve(null);
    this.#finish(null);
  }

  #finish(spans: Spans | null): void {
    clearTimeout(this.#timer);
    const done = this.#current;
    this.#current = undefined;
    done?.resolve(spans);
    this.#next();
  }
}

const startWorker = (): HighlightWorker =>
  new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module', name: 'highlight' });

/** The page's own. Its worker starts with the first code of a known language. */
export const highlighter = new Highlighter(startWorker);
