import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Cursor,
  decodeInput,
  decodeViewer,
  encodeMessage,
  INPUT_FEATURE,
  type InputFrame,
  type ServerMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { StreamInput } from '../src/sync/index.ts';
import { connectionAck } from './fake-socket.ts';
import { squeezed } from './packed.ts';
import { ModelRoom } from './stream/stream-model.ts';
import { agentId, agentSummary, roomState } from './stream/support.ts';

export interface Received {
  readonly path: string;
  readonly message: ViewerMessage;
  readonly id: string | undefined;
}

/** What a room says and how it acks. */
export interface Answer {
  readonly messages?: readonly ServerMessage[];
  readonly result?: Record<string, unknown>;
  readonly error?: WireError;
  readonly behind?: readonly ServerMessage[];
}

/** A lobby and a room on a real port, as far as a client can tell. */
export class FakeServer {
  readonly room = new ModelRoom();
  readonly received: Received[] = [];
  /** Keys that came as frames. */
  readonly typed: InputFrame[] = [];
  /** Whether it takes them. */
  takesFrames = true;
  /** Requests left without an ack. */
  silent = false;
  /** Every other batch of output is compressed (S12). */
  squeezes = false;
  /** What its room makes of a message; null: as ever. */
  answers: ((message: ViewerMessage) => Answer | null) | null = null;
  /** What its sockets are told when they were let in, by the beginning of their path. */
  readonly greetings: { readonly path: string; readonly message: ServerMessage }[] = [];
  readonly #http: Server = createServer();
  readonly #sockets = new Map<WebSocket, string>();
  readonly #connections = new Set<Socket>();
  readonly #reading = new Set<WebSocket>();
  readonly #waiting = new Set<() => void>();

  async listen(): Promise<string> {
    const sockets = new WebSocketServer({
      server: this.#http,
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
    sockets.on('connection', (socket, request) => this.#accept(socket, request.url ?? ''));
    this.#http.on('connection', (connection) => this.#connections.add(connection));
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    const { port } = this.#http.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    this.#http.close();
    await once(this.#http, 'close');
  }

  /** Cuts every socket as a network does: without a word. */
  cut(path = '/ws/'): void {
    for (const [socket, at] of this.#sockets) if (at.startsWith(path)) socket.terminate();
  }

  broadcast(path: string, message: ServerMessage): void {
    for (const [socket, at] of this.#sockets) if (at.startsWith(path)) socket.send(encodeMessage(message));
  }

  end(path: string, code: number): void {
    for (const [socket, at] of this.#sockets) if (at.startsWith(path)) socket.close(code);
  }

  /** The messages that a live viewer gets. */
  send(...inputs: readonly StreamInput[]): void {
    for (const socket of this.#reading) this.#sendInputs(socket, inputs);
  }

  sendRaw(bytes: Uint8Array): void {
    for (const socket of this.#reading) socket.send(bytes);
  }

  of(type: ViewerMessage['type'], path = '/ws/'): Received[] {
    return this.received.filter((heard) => heard.message.type === type && heard.path.startsWith(path));
  }

  /** Resolves when `done` holds; asked whenever the server was told something or lost a socket. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #stirred(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #accept(socket: WebSocket, path: string): void {
    this.#sockets.set(socket, path);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#reading.delete(socket);
      this.#stirred();
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) return this.#typed(socket, data);
      const text = String(data);
      if (text === 'ping') return socket.send('pong');
      const decoded = decodeViewer(text);
      if (!decoded.ok) throw new Error(decoded.error.error.message);
      this.received.push({ path, message: decoded.value.message, id: decoded.value.id });
      this.#answer(socket, path, decoded.value.message, decoded.value.id);
      this.#stirred();
    });
  }

  #typed(socket: WebSocket, data: unknown): void {
    const decoded = decodeInput(data instanceof Uint8Array ? data : new Uint8Array());
    if (!decoded.ok) throw new Error(decoded.error.message);
    this.typed.push(decoded.value);
    const { clientId, inputSequence } = decoded.value;
    socket.send(encodeMessage({ type: 'input:ack', payload: { agentId, clientId, inputSequence } }));
    this.#stirred();
  }

  #answer(socket: WebSocket, path: string, message: ViewerMessage, id: string | undefined): void {
    const inRoom = path.startsWith('/ws/agents/');
    const answer = inRoom ? (this.answers?.(message) ?? null) : null;
    if (answer !== null) return this.#reply(socket, id, answer);
    const ack = (result: Record<string, unknown> = {}) => {
      const payload = { messageId: id ?? '', success: true, result };
      if (id !== undefined && !this.silent) socket.send(encodeMessage({ type: 'ack', payload }));
    };
    if (message.type === 'auth') {
      socket.send(encodeMessage(connectionAck(9e12, this.takesFrames ? [INPUT_FEATURE] : [])));
      const first: ServerMessage = inRoom
        ? { type: 'agent:state', payload: roomState() }
        : { type: 'agent:list', payload: { agents: [agentSummary()] } };
      socket.send(encodeMessage(first));
      for (const greeting of this.greetings)
        if (path.startsWith(greeting.path)) socket.send(encodeMessage(greeting.message));
    } else if (message.type === 'subscribe:agent') {
      ack({ subscriptionId: 'one' });
      const after: Cursor | null = message.payload.after ?? null;
      this.#sendInputs(socket, this.room.subscribe(after, 5));
      this.#reading.add(socket);
    } else if (message.type === 'agent:delete') {
      const payload = { messageId: id ?? '', success: false, error: wireError('INVALID_STATE', 'no') };
      socket.send(encodeMessage({ type: 'ack', payload }));
    } else if (message.type === 'agent:input') {
      const { clientId, inputSequence } = message.payload;
      if (clientId === undefined || inputSequence === undefined) return;
      socket.send(encodeMessage({ type: 'input:ack', payload: { agentId, clientId, inputSequence } }));
    } else ack();
  }

  #reply(socket: WebSocket, id: string | undefined, answer: Answer): void {
    const { messages = [], behind = [], result = {}, error } = answer;
    for (const message of messages) socket.send(encodeMessage(message));
    const told = error === undefined ? { success: true, result } : { success: false, error };
    if (id !== undefined && !this.silent)
      socket.send(encodeMessage({ type: 'ack', payload: { messageId: id, ...told } }));
    for (const message of behind) socket.send(encodeMessage(message));
  }

  #sendInputs(socket: WebSocket, inputs: readonly StreamInput[]): void {
    for (const input of inputs) {
      if (input.type === 'batch') {
        const { bytes, header } = input;
        const squeeze = this.squeezes && header.kind === 'output' && header.first % 2 === 0;
        socket.send(squeeze ? squeezed(bytes) : bytes);
      } else if (input.type !== 'attach' && input.type !== 'detach') socket.send(encodeMessage(input));
    }
  }
}
