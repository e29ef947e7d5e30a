import { createHash, type Hash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ConversationUpdate,
  decodeKeeper,
  decodeRunner,
  decodeUpdate,
  encodeMessage,
  type Placement,
  type RunnerMessage,
  STREAM,
  type StreamEvent,
  type ToKeeperMessage,
  type ToRunnerMessage,
} from '@muster/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { RoomModel } from './room-model.ts';

const PATIENCE_MS = 30_000;

/** The messages that one agent's room has received; its stream is read by the rules, its bytes are hashed. */
export class FakeRoom {
  readonly model: RoomModel;
  readonly hash: Hash = createHash('sha256');
  readonly events: StreamEvent[] = [];
  readonly inputAcks: number[] = [];
  /** C14: what conversations said live. */
  readonly updates: ConversationUpdate[] = [];
  /** C7: of each hello. */
  readonly openRequests: (readonly string[] | undefined)[] = [];
  bytes = 0;
  text = '';
  socket: WebSocket | null = null;
  hellos = 0;

  constructor() {
    this.model = new RoomModel((stream, data) => {
      if (stream === STREAM.update) {
        const update = decodeUpdate(data);
        if (update === null) throw new Error('an update that cannot be read');
        this.updates.push(update);
      }
      this.hash.update(data);
      this.bytes += data.length;
      if (this.text.length < 65_536) this.text += Buffer.from(data).toString();
    });
  }
}

/** Lobby and rooms of one host, in this process. */
export class FakeServer {
  readonly rooms = new Map<string, FakeRoom>();
  /** The agents that the lobby's welcome lists. */
  agents: Placement[] = [];
  /** The same with what the lobby knows of them. Null: it knows nothing. */
  welcomes: (Placement & { wanted?: boolean | undefined })[] | null = null;
  readonly received: RunnerMessage[] = [];
  runner: WebSocket | null = null;
  /** Every dial: where to, and with what. */
  readonly dials: { readonly path: string; readonly token: string }[] = [];
  /** X4: the close code for every dial. */
  refusing: number | null = null;
  readonly #changes = new EventEmitter();
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  #requests = 0;

  private constructor(http: Server) {
    this.#http = http;
    this.#changes.setMaxListeners(1_000);
    this.#sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
    this.#sockets.on('connection', (socket, { url: path = '', headers }) => {
      this.dials.push({ path, token: headers.authorization?.replace('Bearer ', '') ?? '' });
      if (this.refusing === null) this.#attach(socket, path);
      else socket.close(this.refusing);
      this.#changes.emit('change');
    });
  }

  static async start(port = 0): Promise<FakeServer> {
    const http = createServer();
    const server = new FakeServer(http);
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  room(uid: string): FakeRoom {
    const room = this.rooms.get(uid) ?? new FakeRoom();
    this.rooms.set(uid, room);
    return room;
  }

  /** Resolves to the first thing that `look` finds, looking again whenever anything was heard. */
  async until<T>(look: () => T | undefined | false | null, what: string): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false && found !== null) return found;
      await once(this.#changes, 'change', { signal }).catch(() => {
        throw new Error(`waited in vain for ${what}`);
      });
    }
  }

  /** As a lobby does, it lists in its next welcome what was placed. */
  async place(placement: Placement): Promise<Extract<RunnerMessage, { type: 'agent:placed' }>['payload']> {
    const requestId = this.nextId();
    this.sendToRunner({ type: 'agent:place', payload: { ...placement, requestId } });
    const placed = await this.until(() => {
      const message = this.received.find(
        (each) => 'requestId' in each.payload && each.payload.requestId === requestId,
      );
      return message?.type === 'agent:placed' && message.payload;
    }, 'agent:placed');
    const others = this.agents.filter(({ spec }) => spec.agentUid !== placement.spec.agentUid);
    if (placed.error === undefined) this.agents = [...others, placement];
    return placed;
  }

  /** Sends a request to a keeper and resolves to its `request:done`. */
  async request(
    uid: string,
    make: (requestId: string) => ToKeeperMessage,
  ): Promise<Extract<StreamEvent, { type: 'request:done' }>> {
    const requestId = this.nextId();
    const room = this.room(uid);
    await this.until(() => room.socket, 'the keeper');
    this.send(uid, make(requestId));
    return this.until(() => {
      const done = room.events.find(
        (event) => event.type === 'request:done' && event.requestId === requestId,
      );
      return done?.type === 'request:done' && done;
    }, 'request:done');
  }

  /** Resolves to the newest status event when it is this. */
  status(uid: string, status: string, after = 0): Promise<Extract<StreamEvent, { type: 'program:status' }>> {
    return this.until(
      () => {
        const newest = this.room(uid)
          .events.slice(after)
          .findLast((event) => event.type === 'program:status');
        return newest?.type === 'program:status' && newest.status === status && newest;
      },
      `status ${status} (saw ${JSON.stringify(this.room(uid).events.slice(-4))})`,
    );
  }

  sendBytes(uid: string, bytes: Uint8Array): void {
    this.room(uid).socket?.send(bytes);
  }

  send(uid: string, message: ToKeeperMessage): void {
    this.room(uid).socket?.send(encodeMessage(message));
  }

  sendToRunner(message: ToRunnerMessage): void {
    this.runner?.send(encodeMessage(message));
  }

  nextId(): string {
    this.#requests += 1;
    return `request-${this.#requests}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #attach(socket: WebSocket, url: string): void {
    const uid = /^\/ws\/keepers\/(.+)$/.exec(url)?.[1];
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, isBinary) => {
      const text = isBinary ? null : data.toString();
      if (text === 'ping') return socket.send('pong');
      if (uid === undefined) this.#receiveFromRunner(socket, text ?? '');
      else if (text === null) this.#take(uid, socket, data);
      else this.#receiveFromKeeper(uid, socket, text);
      this.#changes.emit('change');
    });
    socket.on('close', () => {
      if (this.runner === socket) this.runner = null;
      for (const room of this.rooms.values()) if (room.socket === socket) room.socket = null;
      this.#changes.emit('change');
    });
  }

  #receiveFromRunner(socket: WebSocket, text: string): void {
    const decoded = decodeRunner(text);
    if (!decoded.ok) throw new Error(decoded.error.error.message);
    const { message } = decoded.value;
    this.received.push(message);
    if (message.type !== 'runner:hello') return;
    this.runner = socket;
    this.sendToRunner({ type: 'lobby:welcome', payload: { agents: this.welcomes ?? this.agents } });
  }

  #receiveFromKeeper(uid: string, socket: WebSocket, text: string): void {
    const decoded = decodeKeeper(text);
    if (!decoded.ok) throw new Error(decoded.error.error.message);
    const { message } = decoded.value;
    const room = this.room(uid);
    if (message.type === 'keeper:hello') {
      room.hellos += 1;
      room.openRequests.push(message.payload.openRequests);
      if (room.socket !== socket) room.socket?.terminate();
      room.socket = socket;
    }
    if (message.type === 'input:ack') room.inputAcks.push(message.payload.inputSequence);
    for (const answer of room.model.receive(message)) socket.send(encodeMessage(answer));
  }

  #take(uid: string, socket: WebSocket, bytes: Uint8Array): void {
    const room = this.room(uid);
    if (room.socket !== socket) return;
    for (const answer of room.model.take(bytes)) socket.send(encodeMessage(answer));
    room.events.push(...room.model.takeEvents());
  }
}
