import { CLOSE, decodePolled, ErrorCodeSchema, errorRow } from '@muster/protocol';
import { DeadlineTimer, NO_CLOSE } from './connection/index.ts';
import { ElapsedTime } from './elapsed.ts';
import type { PollLimiter } from './poll-limiter.ts';
import {
  handlePollLine,
  newPollLine,
  type PollEffect,
  type PollEvent,
  pollDeadline,
} from './transport/poll-line.ts';

/** `readyState` of a WebSocket. */
const READY_STATES = { connecting: 0, open: 1, closed: 3 } as const;

export interface PollOptions {
  /** Of the WebSocket that this is instead of. */
  readonly url: string;
  /** For clients without a cookie. */
  readonly bearer: () => string | null;
  readonly limiter: PollLimiter;
  readonly ended: (socket: PollSocket) => void;
}

/** G5, M10: what a channel touches of a WebSocket, made of requests: its frames are a polled line's. */
export class PollSocket {
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #options: PollOptions;
  readonly #time = new ElapsedTime();
  readonly #timer = new DeadlineTimer(this.#time, () => this.#dispatch({ type: 'tick' }));
  readonly #line = newPollLine();
  readonly #aborter = new AbortController();
  readonly #events: URL;

  constructor(options: PollOptions) {
    this.#options = options;
    const url = new URL(options.url);
    url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
    const [, agent] = /^\/ws\/agents\/(.+)$/.exec(url.pathname) ?? [];
    url.pathname = agent === undefined ? '/api/events' : `/api/agents/${agent}/events`;
    url.searchParams.set('line', crypto.randomUUID());
    this.#events = url;
    this.#dispatch({ type: 'start' });
  }

  get readyState(): number {
    return READY_STATES[this.#line.phase];
  }

  send(text: string): void {
    this.#dispatch({ type: 'send', text });
  }

  /** By our side: nobody is told, but the server. */
  close(): void {
    this.#dispatch({ type: 'close' });
  }

  /** A socket can be had again: this one ends as if the server had closed it. */
  retire(): void {
    this.#dispatch({ type: 'retire' });
  }

  #dispatch(event: PollEvent): void {
    const effects = handlePollLine(this.#line, event, { now: this.#time.now() });
    this.#timer.set(pollDeadline(this.#line));
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: PollEffect): void {
    switch (effect.type) {
      case 'poll':
        return void this.#poll(effect.got);
      case 'post':
        return void this.#post(effect.from, effect.body);
      case 'opened':
        return this.onopen?.();
      case 'frame': {
        // A receiver may have closed it in the middle of an answer.
        if (this.#aborter.signal.aborted) return;
        const { frame } = effect;
        return this.onmessage?.({ data: frame.kind === 'text' ? frame.text : frame.bytes.slice().buffer });
      }
      case 'leave':
        return this.#leave();
      case 'closed':
        return this.onclose?.({ code: effect.code });
    }
  }

  async #poll(got: number): Promise<void> {
    const path = this.#events.pathname;
    const answer = await this.#options.limiter.run((wait) =>
      this.#request('poll', this.#address(path, { got, wait })),
    );
    if (answer === null) return;
    const frames = decodePolled(new Uint8Array(answer));
    this.#dispatch({ type: 'polled', frames: frames.ok ? frames.value : null });
  }

  async #post(from: number, body: string): Promise<void> {
    const answer = await this.#request('post', this.#address('/api/messages', { from }), body);
    if (answer !== null) this.#dispatch({ type: 'posted' });
  }

  /** The body of the answer; null: there is none, and the line knows why. */
  async #request(of: 'poll' | 'post', address: string, body?: string): Promise<ArrayBuffer | null> {
    if (this.#aborter.signal.aborted) return null;
    const init: RequestInit = { headers: this.#headers(), signal: this.#aborter.signal, cache: 'no-store' };
    let code: number | null = null;
    try {
      const response = await fetch(address, body === undefined ? init : { ...init, method: 'POST', body });
      if (response.ok) return await response.arrayBuffer();
      code = await closeCodeOf(response);
    } catch {
      // No answer, or half of one.
    }
    this.#dispatch({ type: 'failed', of, code });
    return null;
  }

  #leave(): void {
    this.#aborter.abort();
    this.#options.ended(this);
    const init = { method: 'DELETE', headers: this.#headers(), keepalive: true };
    fetch(this.#address('/api/events'), init).catch(() => undefined);
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
