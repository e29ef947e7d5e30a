import { createHash, type Hash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import type { AgentFeed } from '@muster/client';
import { percentile } from '../../bench/lib/statistics.ts';
import { PieceHasher } from './piece-hasher.ts';
import type { Seen } from './watch.ts';

interface ObserverOptions {
  readonly piece?: number | undefined;
  readonly copy?: string | undefined;
}

/** Observes a viewer's stream: its pieces, its runs, its gaps. */
export class StreamObserver {
  readonly runs: Seen['runs'] = [];
  readonly holes: Seen['holes'] = [];
  readonly #lags: number[][] = [];
  readonly #pieces: PieceHasher | null;
  readonly #copy: number | null;
  readonly #waiting: { readonly runs: number; resolve(): void }[] = [];
  #run: Hash = createHash('sha256');
  #runBytes = 0;
  /** A keeper that starts says how its program stands, too: that is no end. */
  #running = false;
  /** Of the stream as it was printed: what came and what is lost. */
  #at = 0;
  readonly #from = Date.now();

  constructor(feed: AgentFeed, { piece, copy }: ObserverOptions) {
    this.#pieces = piece === undefined ? null : new PieceHasher(piece);
    this.#copy = copy === undefined ? null : openSync(copy, 'w');
    feed.on('output', ({ frames }) => {
      const now = Date.now();
      for (const { data, time } of frames) {
        this.#take(data);
        this.#late(now, now - time);
      }
    });
    feed.on('gap', ({ bytes }) => {
      this.holes.push({ at: this.#at, bytes: bytes ?? null });
      this.#at += bytes ?? 0;
    });
    feed.on('event', ({ event }) => {
      if (event.type !== 'program:status') return;
      if (event.status === 'running') this.#begin();
      else if (event.status === 'stopped' || event.status === 'crashed') this.#end(event.status);
    });
  }

  /** Of every second in which something came: how late 99 % of its frames were at most, ms. */
  get lags(): number[] {
    return this.#lags.filter((lags) => lags !== undefined).map((lags) => percentile(lags, 0.99));
  }

  get pieces(): string[] {
    return this.#pieces?.done ?? [];
  }

  /** Resolves when so many runs have ended. */
  hasRuns(count: number): Promise<void> {
    if (this.runs.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ runs: count, resolve }));
  }

  #late(now: number, ms: number): void {
    const second = Math.floor((now - this.#from) / 1_000);
    this.#lags[second] ??= [];
    this.#lags[second].push(ms);
  }

  #take(data: Uint8Array): void {
    this.#run.update(data);
    this.#runBytes += data.length;
    this.#pieces?.add(data);
    if (this.#copy !== null) writeSync(this.#copy, data, 0, data.length, this.#at);
    this.#at += data.length;
  }

  #begin(): void {
    this.#running = true;
    this.#run = createHash('sha256');
    this.#runBytes = 0;
  }

  #end(status: string): void {
    if (!this.#running) return;
    this.#running = false;
    this.runs.push({ bytes: this.#runBytes, sha256: this.#run.digest('hex'), status });
    for (const waiter of this.#waiting) if (this.runs.length >= waiter.runs) waiter.resolve();
  }
}
