import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import type { Muster } from './muster.ts';

const PATIENCE_MS = 20_000;
const MessageSchema = z.object({
  type: z.string(),
  payload: z.record(z.string(), z.unknown()),
});
export type PlainMessage = z.infer<typeof MessageSchema>;

/** A script that knows seed 004 and nothing else: plain JSON on `/ws/dashboard?token=`. */
export class PlainScript {
  readonly received: PlainMessage[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.received.push(MessageSchema.parse(JSON.parse(String(data))));
    });
  }

  static async open(muster: Muster): Promise<PlainScript> {
    const url = `${muster.url.replace('http', 'ws')}/ws/dashboard?token=${muster.token}`;
    const socket = new WebSocket(url);
    const script = new PlainScript(socket);
    await once(socket, 'open');
    return script;
  }

  send(type: string, payload: object): void {
    this.#socket.send(JSON.stringify({ version: '1.0.0', type, timestamp: Date.now(), payload }));
  }

  of(...types: string[]): PlainMessage[] {
    return this.received.filter(({ type }) => types.includes(type));
  }

  /** Resolves to the first message of this type that passes. */
  async until(
    type: string,
    test: (payload: PlainMessage['payload']) => boolean = () => true,
  ): Promise<PlainMessage> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.received.find((message) => message.type === type && test(message.payload));
      if (found !== undefined) return found;
      await once(this.#socket, 'message', { signal }).catch(() => {
        throw new Error(`waited in vain for ${type}; heard ${JSON.stringify(this.received.slice(-6))}`);
      });
    }
  }

  close(): void {
    this.#socket.close();
  }
}
