import { createHash, type Hash } from 'node:crypto';
import { type AgentFeed, createClient, type FeedOptions, type MusterClient } from '@muster/client';
import { WebSocket as Socket } from 'ws';
import type { Muster } from './muster.ts';

/** The client's socket on Node. */
export function dial(url: string, protocols: string[]): WebSocket {
  // A local socket has nothing to gain from compression.
  const socket = new Socket(url, protocols, { perMessageDeflate: false });
  // A socket that was let go while it dialled fails with nobody listening, which would end the process.
  socket.on('error', () => undefined);
  return socket as unknown as WebSocket;
}

/** A viewer outside any browser: the same client, over `ws`. */
export function openClient(muster: Muster): MusterClient {
  return createClient({
    url: muster.url,
    team: muster.ready.team,
    token: () => Promise.resolve(muster.token),
    webSocket: dial,
  });
}

/** Hashes one agent's output as a viewer got it: the oracle's other side. */
export class OutputHasher {
  readonly feed: AgentFeed;
  readonly #hash: Hash = createHash('sha256');
  readonly #waiting: { readonly bytes: number; resolve(): void }[] = [];
  #bytes = 0;
  #gaps = 0;

  constructor(client: MusterClient, agentId: string, options: FeedOptions = { history: 'full' }) {
    this.feed = client.open(agentId, options);
    this.feed.on('gap', () => {
      this.#gaps += 1;
    });
    this.feed.on('output', ({ frames }) => {
      for (const frame of frames) this.#take(frame.data);
    });
  }

  #take(data: Uint8Array): void {
    this.#hash.update(data);
    this.#bytes += data.byteLength;
    for (const waiter of this.#waiting) if (this.#bytes >= waiter.bytes) waiter.resolve();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get gaps(): number {
    return this.#gaps;
  }

  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Resolves when that many bytes have come. */
  reaches(bytes: number): Promise<void> {
    if (this.#bytes >= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  close(): void {
    this.feed.close();
  }
}
