import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { readLines, writeLine } from './lines.ts';
import { listenPrivately } from './listen.ts';
import { type ControlDone, type ControlRequest, ControlRequestSchema } from './messages.ts';

export type ControlHandler = (request: ControlRequest) => Promise<Omit<ControlDone, 'is' | 'id'>>;

/** The keeper's end: answers runners, one or (while one replaces another) two. */
export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  readonly #attached: (count: number) => void;

  /** `attached`: how many are connected, told at each change. */
  constructor(path: string, handle: ControlHandler, attached: (count: number) => void) {
    this.#path = path;
    this.#attached = attached;
    this.#server = createServer((socket) => this.#attach(socket, handle));
  }

  listen(): Promise<void> {
    return listenPrivately(this.#server, this.#path);
  }

  broadcast(linked: boolean): void {
    for (const socket of this.#sockets) writeLine(socket, { is: 'linked', linked });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.end();
    rmSync(this.#path, { force: true });
  }

  #attach(socket: Socket, handle: ControlHandler): void {
    this.#sockets.add(socket);
    this.#attached(this.#sockets.size);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#attached(this.#sockets.size);
    });
    socket.on('error', () => {});
    readLines(socket, ControlRequestSchema, (request) => {
      handle(request).then(
        (answer) => writeLine(socket, { is: 'done', id: request.id, ...answer }),
        (error: unknown) => socket.destroy(error instanceof Error ? error : undefined),
      );
    });
  }
}
