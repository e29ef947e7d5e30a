import {
  type Ack,
  AgentIdSchema,
  type AgentSummary,
  ClientIdSchema,
  describeIssue,
  type HostSummary,
  type ServerMessage,
  VIEWER_SCHEMAS,
  type ViewerMessage,
  type ViewerPayload,
  type ViewerType,
  type WireError,
  wireError,
} from '@muster/protocol';
import { Channel } from './channel.ts';
import { Emitter } from './emitter.ts';
import { requestFailure } from './failure.ts';
import { Feed } from './feed.ts';
import type { LinkOptions } from './link.ts';
import { Rooms } from './rooms.ts';
import { Clock } from './server-time.ts';
import { applyTeam, NO_TEAM, roomFor, type TeamState } from './sync/index.ts';
import { TokenSource } from './token-source.ts';
import { TransportSelector } from './transport-selector.ts';
import type {
  AgentFeed,
  ClientOptions,
  ConnectionState,
  FeedOptions,
  MusterClient,
  MusterClientEvents,
  RequestOptions,
} from './types.ts';
import { onWake } from './wake.ts';

/** A viewer of one team. It dials at once. @throws TypeError when `url` is none. */
export function createClient(options: ClientOptions): MusterClient {
  return new Client(options);
}

class Client implements MusterClient {
  readonly clientId: string;
  readonly #emitter = new Emitter<MusterClientEvents>();
  readonly #clock = new Clock();
  readonly #transports: TransportSelector;
  readonly #lobby: Channel;
  readonly #rooms: Rooms;
  readonly #feeds = new Set<Feed>();
  readonly #stopWaking: () => void;
  readonly on: MusterClient['on'] = (event, listener) => this.#emitter.on(event, listener);
  #team: TeamState = NO_TEAM;

  constructor(options: ClientOptions) {
    this.clientId = ClientIdSchema.parse(options.clientId ?? crypto.randomUUID());
    const tokens = new TokenSource(options);
    const webSocket = options.webSocket ?? ((url, protocols) => new WebSocket(url, protocols));
    const urlOf = (path: string) => socketUrl(options, path, this.clientId);
    this.#transports = new TransportSelector({ url: urlOf('/ws/dashboard'), tokens, webSocket });
    const shared = { clientId: this.clientId, tokens, transports: this.#transports, clock: this.#clock };
    const linkTo = (path: string): LinkOptions => ({ ...shared, url: urlOf(path) });
    this.#rooms = new Rooms(
      (agentId) => linkTo(`/ws/agents/${agentId}`),
      (error, agentId) => this.#fault(error, agentId),
    );
    this.#lobby = new Channel(linkTo('/ws/dashboard'), {
      changed: (state) => this.#emitter.emit('connection', state),
      opened: ({ member }) => this.#emitter.emit('member', member),
      lost: () => undefined,
      message: (message) => this.#message(message),
      binary: () => undefined,
      fault: (error) => this.#fault(error),
    });
    this.#stopWaking = onWake(() => {
      this.#lobby.wake();
      this.#rooms.each((room) => room.wake());
    });
  }

  get connection(): ConnectionState {
    return this.#lobby.state;
  }

  get now(): number {
    return this.#clock.now;
  }

  get agents(): readonly AgentSummary[] {
    return this.#team.agents;
  }

  get hosts(): readonly HostSummary[] {
    return this.#team.hosts;
  }

  async request<T extends ViewerType>(
    type: T,
    payload: ViewerPayload<T>,
    options?: RequestOptions,
  ): Promise<Ack> {
    const parsed = VIEWER_SCHEMAS[type].safeParse(payload);
    if (!parsed.success) {
      const { message, field } = describeIssue(parsed.error);
      throw requestFailure(wireError('INVALID_MESSAGE', message, { field }));
    }
    // The schema was looked up by this very type, which is all that ties the two together for the compiler.
    const message = { type, payload: parsed.data } as ViewerMessage;
    const agentId = roomFor(message);
    if (agentId === null) return this.#lobby.ask(message, options);
    const { room, release } = this.#rooms.acquire(agentId, false);
    try {
      return await room.ask(message, options);
    } finally {
      release();
    }
  }

  open(agentId: string, options: FeedOptions = {}): AgentFeed {
    const { room, release } = this.#rooms.acquire(AgentIdSchema.parse(agentId), true);
    const feed = new Feed(room, options, () => {
      this.#feeds.delete(feed);
      release();
    });
    this.#feeds.add(feed);
    return feed;
  }

  reconnect(): void {
    this.#lobby.reconnect();
    this.#rooms.each((room) => room.reconnect());
  }

  close(): void {
    this.#stopWaking();
    for (const feed of [...this.#feeds]) feed.close();
    this.#rooms.close();
    this.#lobby.close();
    this.#transports.close();
  }

  #message(message: ServerMessage): void {
    const before = this.#team;
    this.#team = applyTeam(before, message);
    if (this.#team.agents !== before.agents) this.#emitter.emit('agents', this.#team.agents);
    if (this.#team.hosts !== before.hosts) this.#emitter.emit('hosts', this.#team.hosts);
    if (message.type === 'member:changed') this.#emitter.emit('member', message.payload);
    else if (message.type === 'agent:deleted') this.#gone(message.payload.agentId);
    else if (message.type === 'system:message')
      this.#emitter.emit('notice', { level: 'info', message: message.payload.message });
    else if (message.type === 'agent:error') {
      const { agentId, error } = message.payload;
      this.#fault(wireError(error.code, error.message), agentId);
    }
  }

  #gone(agentId: string): void {
    for (const feed of [...this.#feeds])
      if (feed.agentId === agentId) feed.gone(wireError('AGENT_NOT_FOUND', `${agentId} was deleted`));
  }

  #fault(error: WireError, agentId?: string): void {
    const about = agentId === undefined ? {} : { agentId };
    this.#emitter.emit('notice', { level: 'error', message: error.message, ...about });
  }
}

/** `client` names us where a cookie lets us in and no `auth` message can (I1, I2). */
function socketUrl({ url, team }: ClientOptions, path: string, clientId: string): string {
  const target = new URL(path, url);
  target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:';
  target.searchParams.set('client', clientId);
  if (team !== undefined) target.searchParams.set('team', team);
  return target.href;
}
