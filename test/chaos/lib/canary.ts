import { once } from 'node:events';
import { CLOSE } from '@muster/protocol';
import type { WebSocket } from 'ws';

/** H1: a socket that is silent for a minute is closed. */
const HEARTBEAT_MS = 20_000;

/** A socket that does nothing wrong, in an object that others send rubbish: it goes when the object is reset. */
export class Canary {
  readonly #socket: WebSocket;
  readonly #beating: NodeJS.Timeout;
  #died: string | null = null;

  private constructor(name: string, socket: WebSocket) {
    this.#socket = socket;
    this.#beating = setInterval(() => socket.send('ping'), HEARTBEAT_MS);
    socket.on('error', () => undefined);
    socket.on('close', (code: number, reason: Buffer) => {
      clearInterval(this.#beating);
      this.#died = `${name} was reset: ${code} ${String(reason)}`;
    });
  }

  static async open(name: string, socket: WebSocket): Promise<Canary> {
    const canary = new Canary(name, socket);
    await once(socket, 'message');
    return canary;
  }

  /** The fault it found; null: the socket is open, and its object answers. */
  async ends(): Promise<string | null> {
    if (this.#died !== null) return this.#died;
    const answered = new Promise<void>((resolve) => {
      this.#socket.on('message', (data) => String(data).includes('"pong"') && resolve());
    });
    this.#socket.send(JSON.stringify({ type: 'ping', payload: { timestamp: 1 } }));
    await Promise.race([answered, once(this.#socket, 'close')]);
    clearInterval(this.#beating);
    this.#socket.removeAllListeners('close');
    this.#socket.close(CLOSE.normal);
    return this.#died;
  }
}
