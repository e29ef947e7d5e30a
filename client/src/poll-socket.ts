import { CLOSE, decodePolled, ErrorCodeSchema, errorRow, KIB, MIB, type PolledFrame } from '@muster/protocol';
import { DeadlineTimer } from './connection/index.ts';
import { ElapsedTime } from './elapsed.ts';
import type { PollLimiter } from './poll-limiter.ts';

/** States of a WebSocket. */
const [CONNECTING, OPEN, CLOSED] = [0, 1, 3];
/** No close frame came: the link just went away. */
const NO_CLOSE = 1006;
/** G5: a request that failed is made again so often, after a pause (ms): the line takes a repeat for what it is. */
const REPEATS = 3;
const PAUSE_MS = 500;
/** … and for so long, ms: after that a line is gone, and a request may be one that nobody remembers (I1). */
const REPEATS_FOR_MS = 60_000;
/** Characters in one body, and characters that may wait for one before the connection counts as stuck. */
const BODY_CHARS = 256 * KIB;
const BACKLOG_CHARS = 4 * MIB;

export interface PollOptions {
  /** Of the WebSocket that this is instead of. */
  readonly url: string;
  /** For clients without a cookie. */
  readonly bearer: () => string | null;
  readonly limiter: PollLimiter;
  readonly ended: (socket: PollSocket) => void;
}

/** G5, M10: what a link touches of a WebSocket, made of requests: its frames are a polled line's. */
export class PollSocket {
  readyState = CONNECTING;
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #options: PollOptions;
  readonly #time = new ElapsedTime();
  readonly #line = crypto.randomUUID();
  readonly #aborter = new AbortController();
  readonly #events: URL;
  #received = 0;
  readonly #texts: string[] = [];
  #backlog = 0;
  #sent = 0;
  #isSending = false;

  constructor(options: PollOptions) {
    this.#options = options;
    const url = new URL(options.url);
    url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
    const [, agent] = /^\/ws\/agents\/(.+)$/.exec(url.pathname) ?? [];
    url.pathname = agent === undefined ? '/api/events' : `/api/agents/${agent}/events`;
    url.searchParams.set('line', this.#line);
    this.#events = url;
    void this.#poll();
  }

  send(text: string): void {
    if (this.readyState !== OPEN) return;
    this.#texts.push(text);
    this.#backlog += text.length;
    if (this.#backlog > BACKLOG_CHARS) this.#end(NO_CLOSE);
    else if (!this.#isSending) void this.#sendTexts();
  }

  /** By our side: nobody is told, but the server, which need not wait for the line's end. */
  close(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#aborter.abort();
    this.#options.ended(this);
    const init = { method: 'DELETE', headers: this.#headers(), keepalive: true };
    fetch(this.#address('/api/events'), init).catch(() => undefined);
  }

  /** A socket can be had again: this one ends as if the server had closed it. */
  retire(): void {
    this.#end(CLOSE.goingAway);
  }

  #end(code: number): void {
    if (this.readyState === CLOSED) return;
    this.close();
    this.onclose?.({ code });
  }

  async #poll(): Promise<void> {
    while (this.readyState !== CLOSED) {
      const answer = await this.#options.limiter.run((wait) =>
        this.#request(() => this.#fetch(this.#address(this.#events.pathname, { got: this.#received, wait }))),
      );
      if (answer === null) return;
      const frames = decodePolled(new Uint8Array(answer));
      if (!frames.ok) return this.#end(NO_CLOSE);
      if (this.readyState === CONNECTING) {
        this.readyState = OPEN;
        this.onopen?.();
      }
      for (const frame of frames.value) this.#handleFrame(frame);
    }
  }

  #handleFrame(frame: PolledFrame): void {
    if (this.readyState === CLOSED) return;
    this.#received += 1;
    if (frame.kind === 'close') this.#end(frame.code);
    else this.onmessage?.({ data: frame.kind === 'text' ? frame.text : frame.bytes.slice().buffer });
  }

  /** One body at a time, so that what is said keeps its order. */
  async #sendTexts(): Promise<void> {
    this.#isSending = true;
    while (this.#texts.length > 0 && this.readyState === OPEN) {
      const texts = this.#nextTexts();
      const address = this.#address('/api/messages', { from: this.#sent + 1 });
      this.#sent += texts.length;
      const body = texts.join('\n');
      if ((await this.#request(() => this.#fetch(address, body))) === null) return;
    }
    this.#isSending = false;
  }

  #nextTexts(): string[] {
    const texts: string[] = [];
    for (let chars = 0; this.#texts.length > 0; ) {
      chars += this.#texts[0]?.length ?? 0;
      if (texts.length > 0 && chars > BODY_CHARS) break;
      texts.push(...this.#texts.splice(0, 1));
    }
    this.#backlog -= texts.reduce((sum, { length }) => sum + length, 0);
    return texts;
  }

  /** The body of the answer; null: there will be none, and this socket is at its end. */
  async #request(ask: () => Promise<Response>): Promise<ArrayBuffer | null> {
    const until = this.#time.now() + REPEATS_FOR_MS;
    const isOver = (repeat: number) =>
      repeat === REPEATS || this.readyState === CONNECTING || this.#time.now() >= until;
    for (let repeat = 0; this.readyState !== CLOSED; repeat += 1) {
      try {
        const response = await ask();
        if (response.ok) return await response.arrayBuffer();
        const code = await closeCodeOf(response);
        if (code !== null || isOver(repeat)) {
          this.#end(code ?? NO_CLOSE);
          return null;
        }
      } catch {
        // No answer, or half of one.
        if (isOver(repeat)) this.#end(NO_CLOSE);
      }
      if (this.readyState !== CLOSED) await this.#pause();
    }
    return null;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      new DeadlineTimer(this.#time, resolve).set(this.#time.now() + PAUSE_MS);
    });
  }

  #fetch(address: string, body?: string): Promise<Response> {
    const init: RequestInit = { headers: this.#headers(), signal: this.#aborter.signal, cache: 'no-store' };
    return fetch(address, body === undefined ? init : { ...init, method: 'POST', body });
  }

  #headers(): Record<string, string> {
    const token = this.#options.bearer();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  #address(path: string, query: Readonly<Record<string, number>> = {}): string {
    const url = new URL(this.#events);
    url.pathname = path;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url.href;
  }
}

/** As a socket would have been closed for this refusal; null: asking again may help. */
async function closeCodeOf(response: Response): Promise<number | null> {
  if (response.status >= 500) return null;
  try {
    const { error }: { error?: { code?: unknown } } = await response.json();
    const code = ErrorCodeSchema.safeParse(error?.code);
    if (!code.success) return NO_CLOSE;
    // L: a client that was only rate limited may come back.
    return code.data === 'RATE_LIMIT' ? CLOSE.tryAgainLater : (errorRow(code.data).close ?? NO_CLOSE);
  } catch {
    return NO_CLOSE;
  }
}
