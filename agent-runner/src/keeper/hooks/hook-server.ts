import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { readLines, writeLine } from '../../control/lines.ts';
import { listenPrivately } from '../../control/listen.ts';
import { HOOK_LINE_CHARS, type HookReply, type HookRequest, HookRequestSchema } from '../../hook/messages.ts';

/** Hooks that are connected at a time; more are cut off, and ask in their terminal. */
const CONNECTIONS = 64;
/** For a hook's line to come, ms. */
const LINE_MS = 10_000;

export interface HookServerEvents {
  told(connection: number, request: HookRequest): void;
  closed(connection: number): void;
}

/**
 * C13b, X16: where an agent's programs may ask, and nothing else: what the runner may order has a socket of its own. It
 * lies in the private directory, so that no other account connects.
 */
export class HookServer {
  readonly #path: string;
  readonly #events: HookServerEvents;
  readonly #server: Server;
  readonly #sockets = new Map<number, Socket>();
  #made = 0;

  constructor(path: string, events: HookServerEvents) {
    this.#path = path;
    this.#events = events;
    this.#server = createServer((socket) => this.#attach(socket));
    this.#server.maxConnections = CONNECTIONS;
  }

  listen(): Promise<void> {
    return listenPrivately(this.#server, this.#path);
  }

  /** `last`: then the connection ends. */
  reply(connection: number, reply: HookReply, last: boolean): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    writeLine(socket, reply);
    if (last) socket.end();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    rmSync(this.#path, { force: true });
  }

  #attach(socket: Socket): void {
    this.#made += 1;
    const connection = this.#made;
    let told = false;
    this.#sockets.set(connection, socket);
    socket.setTimeout(LINE_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(connection);
      if (told) this.#events.closed(connection);
    });
    const take = (request: HookRequest) => {
      // One line is all that a hook says.
      if (told) socket.destroy();
      else {
        told = true;
        socket.setTimeout(0);
        this.#events.told(connection, request);
      }
    };
    readLines(socket, HookRequestSchema, take, HOOK_LINE_CHARS);
  }
}
