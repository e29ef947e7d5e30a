import {
  type Ack,
  AgentIdSchema,
  type AgentSummary,
  ClientIdSchema,
  CONVERSATIONS_FEATURE,
  type HostSummary,
  type ViewerMessage,
  type ViewerPayload,
  type ViewerType,
  wireError,
} from '@muster/protocol';
import {
  type ConnectionOptions,
  DeadlineTimer,
  NO_CLOSE,
  serverTime,
  VIEWER_CONNECTION,
} from './connection/index.ts';
import { ElapsedTime } from './elapsed.ts';
import { Emitter } from './emitter.ts';
import { requestFailure } from './failure.ts';
import { Feed } from './feed.ts';
import { Sockets } from './sockets.ts';
import {
  type FeedId,
  handleTeam,
  newTeam,
  readerOf,
  type Team,
  type TeamEffect,
  type TeamEvent,
  teamDeadline,
} from './team/index.ts';
import { TokenSource } from './token-source.ts';
import type {
  AgentFeed,
  ClientOptions,
  ConnectionState,
  FeedOptions,
  MusterClient,
  MusterClientEvents,
  RequestFailure,
  RequestOptions,
  UnreadInbox,
} from './types.ts';
import { onWake } from './wake.ts';

/** A viewer of one team. It dials at once. @throws TypeError when `url` is none. */
export function createClient(options: ClientOptions): MusterClient {
  return new Client(options);
}

interface Waiting {
  resolve(ack: Ack): void;
  reject(failure: RequestFailure): void;
}

/** The shell: it hands events to the team's core and carries out what follows. */
class Client implements MusterClient {
  readonly clientId: string;
  readonly #emitter = new Emitter<MusterClientEvents>();
  readonly #time = new ElapsedTime();
  readonly #timer = new DeadlineTimer(this.#time, () => this.#dispatch({ type: 'tick' }));
  readonly #tokens: TokenSource;
  readonly #connectionOptions: ConnectionOptions;
  readonly #sockets: Sockets;
  readonly #team: Team;
  readonly #feeds = new Map<FeedId, Feed>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #stopWaking: () => void;
  readonly on: MusterClient['on'] = (event, listener) => this.#emitter.on(event, listener);
  /** In the order they are to be carried out, also where carrying one out leads to more. */
  readonly #effects: TeamEffect[] = [];
  #isPerforming = false;
  #feedCount = 0;

  constructor(options: ClientOptions) {
    const clientId = ClientIdSchema.parse(options.clientId ?? crypto.randomUUID());
    this.clientId = clientId;
    this.#team = newTeam(clientId);
    this.#tokens = new TokenSource(options);
    this.#connectionOptions = { ...VIEWER_CONNECTION, freshToken: this.#tokens.policy };
    this.#sockets = new Sockets({
      clientId,
      tokens: this.#tokens,
      urlOf: (path) => socketUrl(options, path, clientId),
      webSocket: options.webSocket ?? ((url, protocols) => new WebSocket(url, protocols)),
      dispatch: (event) => this.#dispatch(event),
    });
    this.#stopWaking = onWake(() => this.#dispatch({ type: 'wake' }));
    this.#dispatch({ type: 'start' });
  }

  get connection(): ConnectionState {
    return this.#team.lobby.channel.shown;
  }

  get now(): number {
    return serverTime(this.#team.clock, this.#time.now(), Date.now());
  }

  get agents(): readonly AgentSummary[] {
    return this.#team.list.agents;
  }

  get hosts(): readonly HostSummary[] {
    return this.#team.list.hosts;
  }

  get inbox(): UnreadInbox {
    return this.#team.inbox;
  }

  async request<T extends ViewerType>(
    type: T,
    payload: ViewerPayload<T>,
    options?: RequestOptions,
  ): Promise<Ack> {
    // Its server parses it: the schemas of all messages would be part of each page's first load (F16).
    const message = { type, payload } as ViewerMessage;
    return this.#ask((id) => this.#dispatch({ type: 'request', id, message, ...options }));
  }

  #ask(send: (id: string) => void): Promise<Ack> {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  async #askFeed<T extends ViewerType>(feed: FeedId, type: T, payload: ViewerPayload<T>): Promise<Ack> {
    const message = { type, payload } as ViewerMessage;
    if (!this.#feeds.has(feed))
      throw requestFailure(wireError('INVALID_STATE', 'This was not done: the page has left.'), 'unsent');
    return this.#ask((id) => this.#dispatch({ type: 'feed-request', feed, id, message }));
  }

  open(agentId: string, { after, history = 'screen', held = false }: FeedOptions = {}): AgentFeed {
    this.#feedCount += 1;
    const id = this.#feedCount;
    const event = { feed: id, agentId: AgentIdSchema.parse(agentId), after: after ?? null, history, held };
    this.#dispatch({ type: 'open-feed', ...event });
    const reading = readerOf(this.#team, id);
    if (reading === null) throw new Error('a feed that was opened has a reader');
    const feed = new Feed({
      id,
      ...reading,
      team: this.#team,
      dispatch: (event) => this.#dispatch(event),
      closed: () => this.#feeds.delete(id),
      request: (type, payload) => this.#askFeed(id, type, payload),
    });
    this.#feeds.set(id, feed);
    return feed;
  }

  reconnect(): void {
    this.#dispatch({ type: 'retry' });
  }

  close(): void {
    this.#stopWaking();
    for (const feed of [...this.#feeds.values()]) feed.close();
    this.#dispatch({ type: 'close' });
  }

  #dispatch(event: TeamEvent): void {
    const context = {
      random: Math.random,
      freshId: () => crypto.randomUUID(),
      options: this.#connectionOptions,
    };
    const time = { now: this.#time.now(), wall: Date.now() };
    this.#effects.push(...handleTeam(this.#team, event, { ...context, ...time }));
    this.#timer.set(teamDeadline(this.#team));
    if (!this.#isPerforming) this.#performAll();
  }

  #performAll(): void {
    this.#isPerforming = true;
    try {
      for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift())
        this.#perform(effect);
    } finally {
      this.#isPerforming = false;
    }
  }

  #perform(effect: TeamEffect): void {
    switch (effect.type) {
      case 'get-token':
        return this.#getToken(effect);
      case 'renew-token':
        return this.#renewToken(effect);
      case 'dial':
        return this.#sockets.dial(effect);
      case 'hang-up':
        return this.#sockets.hangUp(effect.key);
      case 'retire':
        return this.#sockets.retire(effect.key);
      case 'send':
        return this.#sockets.send(effect);
      case 'send-bytes':
        return this.#sockets.sendRaw(effect.key, effect.bytes);
      case 'ping':
        return this.#sockets.sendRaw(effect.key, 'ping');
      case 'ask-server':
        return void this.#sockets.askServer();
      case 'probe':
        return this.#sockets.probe();
      case 'drop-probe':
        return this.#sockets.dropProbe();
      case 'done':
        return this.#take(effect.id)?.resolve(effect.ack);
      case 'failed':
        return this.#take(effect.id)?.reject(requestFailure(effect.error, effect.outcome));
      case 'emit':
        return this.#emitter.emit(effect.event, effect.value);
      case 'feed':
        return this.#feeds.get(effect.feed)?.emit(effect.event, effect.value);
    }
  }

  #getToken({ key, dial }: TeamEffect & { type: 'get-token' }): void {
    this.#tokens.fresh().then(
      (token) => this.#dispatch({ type: 'token', key, dial, token }),
      () => this.#dispatch({ type: 'lost', key, dial, code: NO_CLOSE }),
    );
  }

  #renewToken({ key }: TeamEffect & { type: 'renew-token' }): void {
    this.#tokens.fresh().then(
      (token) => this.#dispatch({ type: 'new-token', key, token }),
      () => this.#dispatch({ type: 'no-token', key }),
    );
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

/** `client` names us where a cookie lets us in and no `auth` message can (I1, I2). */
function socketUrl({ url, team }: ClientOptions, path: string, clientId: string): string {
  const target = new URL(path, url);
  target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:';
  target.searchParams.set('client', clientId);
  target.searchParams.set('features', CONVERSATIONS_FEATURE);
  if (team !== undefined) target.searchParams.set('team', team);
  return target.href;
}
