import { connect, type Socket } from 'node:net';
import { readLines, writeLine } from './lines.ts';
import { type ControlDone, type ControlReply, ControlReplySchema, type ControlRequest } from './messages.ts';

type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;
interface Waiting {
  resolve(done: ControlDone): void;
  reject(error: Error): void;
}
export interface ControlEvents {
  linked(linked: boolean): void;
  /** The keeper is gone, or at least does not answer any more. */
  closed(): void;
}

/** The runner's end of one keeper's control socket. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  private constructor(socket: Socket, events: ControlEvents) {
    this.#socket = socket;
    readLines(socket, ControlReplySchema, (reply) => this.#handleLine(reply, events));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('the keeper closed its control socket'));
      this.#waiting.clear();
      events.closed();
    });
  }

  /** Null: nobody listens there. */
  static open(path: string, events: ControlEvents): Promise<ControlClient | null> {
    return new Promise((resolve) => {
      const socket = connect(path);
      socket.once('error', () => resolve(null));
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(new ControlClient(socket, events));
      });
    });
  }

  /** Rejects when the keeper is gone before it has answered. */
  ask(request: WithoutId<ControlRequest>): Promise<ControlDone> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the keeper is gone'));
      this.#waiting.set(id, { resolve, reject });
      writeLine(this.#socket, { id, ...request });
    });
  }

  /** Lets the keeper be. */
  close(): void {
    this.#socket.destroy();
  }

  #handleLine(reply: ControlReply, events: ControlEvents): void {
    if (reply.is === 'linked') return events.linked(reply.linked);
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }
}
