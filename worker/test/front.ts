import { runInDurableObject, SELF } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  decodeServer,
  decodeToRunner,
  encodeMessage,
  type HostId,
  MemberIdSchema,
  type Role,
  type RunnerMessage,
  type ServerMessage,
  type TeamId,
  TeamIdSchema,
  type ToRunnerMessage,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import { expect } from 'vitest';
import type { TokenBody, TokenKind } from '../src/auth/token-kinds.ts';
import { signingKey, signToken } from '../src/auth/tokens.ts';
import { lobbyOf } from '../src/env.ts';
import { newSession } from '../src/team-lobby/core/identity/sessions.ts';
import { SqliteIdentityStore } from '../src/team-lobby/storage/identity.ts';
import { assertionOf, newHostId, publicKeyOf } from './auth/host.ts';
import { facts } from './team-lobby/core/rig.ts';
import { TEST_TEAMS } from './teams.ts';

export const ORIGIN = 'https://muster.example';
const DAY = 86_400_000;
let teams = 0;

/** A team of its own for a test: nothing of another test is in its lobby. */
export function newTeam(): TeamId {
  teams += 1;
  return TeamIdSchema.parse(TEST_TEAMS[teams - 1]);
}

export async function sign<K extends TokenKind>(
  kind: K,
  body: TokenBody<K>,
  now = Date.now(),
): Promise<string> {
  return (await signToken(signingKey(env.MUSTER_KEY), kind, body, now)).token;
}

export const memberBody = (team: TeamId, role: Role = 'admin', member = 'ada') => ({
  sub: MemberIdSchema.parse(member),
  team,
  role,
  name: 'Ada',
});

export const lobbyStub = (team: TeamId) => env.LOBBIES.get(env.LOBBIES.idFromName(team));

/** Straight into the lobby's tables: somebody of this role, signed in. */
export const withMembers = <T>(team: TeamId, act: (store: SqliteIdentityStore) => T): Promise<T> =>
  runInDurableObject(lobbyStub(team), (_lobby, { storage }) =>
    act(new SqliteIdentityStore(storage, { countRows: () => undefined })),
  );

/** An access token of a member, made or given this role if need be, who is signed in. */
export async function memberToken(
  team: TeamId,
  role: Role = 'admin',
  now = Date.now(),
  member = 'ada',
): Promise<string> {
  const body = memberBody(team, role, member);
  const { sub: id, name } = body;
  const sid = `session-${member}`;
  const device = { sid, refresh: 'none', expiresAt: now + DAY, device: 'test', address: null };
  await withMembers(team, (store) => {
    store.members.put({ id, name, role, email: null, agents: null, createdAt: now, removedAt: null });
    store.sessions.put(newSession(id, device, now));
  });
  return sign('access', { ...body, sid }, now);
}

const address = (path: string, team: TeamId | null, origin = ORIGIN) => {
  const url = new URL(path, origin);
  if (team !== null) url.searchParams.set('team', team);
  return url.toString();
};

export interface Call {
  readonly team?: TeamId;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly origin?: string;
}

/** One request to the Worker. */
export function call(method: string, path: string, options: Call = {}): Promise<Response> {
  const { team, token, body, headers, origin } = options;
  return SELF.fetch(address(path, team ?? null, origin), {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** A socket into the Worker: what came is kept, and can be waited for. */
export class Peer<M extends { readonly type: string; readonly payload: unknown }> {
  readonly #socket: WebSocket;
  readonly #decode: (text: string) => M;
  readonly inbox: M[] = [];
  readonly texts: string[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  #read = 0;
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket, decode: (text: string) => M) {
    this.#socket = socket;
    this.#decode = decode;
    socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      this.texts.push(text);
      if (text !== 'pong') this.inbox.push(this.#decode(text));
      this.#wake();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
      this.#wake();
    });
    socket.accept();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #until<T>(look: () => T | null): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== null) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next message of this type that was not asked for before; those before it are passed over. */
  next<T extends M['type']>(type: T): Promise<Extract<M, { type: T }>['payload']> {
    return this.#until(() => {
      const at = this.inbox.findIndex((message, index) => index >= this.#read && message.type === type);
      const found = this.inbox[at];
      if (found === undefined) return null;
      this.#read = at + 1;
      return found.payload as Extract<M, { type: T }>['payload'];
    });
  }

  text(expected: string): Promise<string> {
    return this.#until(() => this.texts.find((text) => text === expected) ?? null);
  }

  end(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#until(() => this.closed);
  }

  raw(data: string | ArrayBuffer): void {
    this.#socket.send(data);
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  protected get socket(): WebSocket {
    return this.#socket;
  }
}

function decoded<M>(result: { ok: true; value: { message: M } } | { ok: false; error: unknown }): M {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.message;
}

export class Viewer extends Peer<ServerMessage> {
  #ids = 0;

  constructor(socket: WebSocket) {
    super(socket, (text) => decoded(decodeServer(text)));
  }

  send(message: ViewerMessage, id?: string): void {
    this.raw(encodeMessage(message, id === undefined ? {} : { id }));
  }

  /** Says it and waits for its ack. */
  async ask(message: ViewerMessage, id = `ask-${++this.#ids}`) {
    this.send(message, id);
    for (;;) {
      const ack = await this.next('ack');
      if (ack.messageId === id) return ack;
    }
  }
}

export class Runner extends Peer<ToRunnerMessage> {
  constructor(socket: WebSocket) {
    super(socket, (text) => decoded(decodeToRunner(text)));
  }

  send(message: RunnerMessage): void {
    this.raw(encodeMessage(message));
  }
}

export interface Dial {
  readonly team?: TeamId;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

/** Opens a canonical socket through the Worker. */
export async function open(path: string, { team, token, headers, query }: Dial): Promise<WebSocket> {
  const url = new URL(address(path, team ?? null));
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  const response = await SELF.fetch(url.toString(), {
    headers: {
      upgrade: 'websocket',
      'sec-websocket-protocol': 'muster.v1',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  if (response.webSocket === null) throw new Error(`${response.status}: ${await response.text()}`);
  if (response.headers.get('sec-websocket-protocol') !== 'muster.v1') throw new Error('no subprotocol');
  return response.webSocket;
}

export const dial = async (path: string, options: Dial) => new Viewer(await open(path, options));

/** A dashboard that is let in. */
export async function dashboard(team: TeamId, role: Role = 'admin'): Promise<Viewer> {
  const viewer = await dial('/ws/dashboard', { team, token: await memberToken(team, role) });
  await viewer.next('host:list');
  return viewer;
}

/** An enrolled host whose runner has dialled and said nothing yet. */
export async function runner(team: TeamId, hostId = newHostId()): Promise<Runner> {
  expect(await enrol(team, hostId)).toBeNull();
  return new Runner(await dialAs(hostId, '/ws/runner', team));
}

/** X4: registers the key that this host has now. Null: done. */
export async function enrol(team: TeamId, hostId: HostId): Promise<WireError | null> {
  const host = { hostId, name: 'alpha', publicKey: await publicKeyOf(hostId) };
  const code = { id: crypto.randomUUID(), expiresAt: Date.now() + 60_000, host: hostId, replaces: true };
  return lobbyOf(env, team).enrol(host, code);
}

/** A socket of a host's runner or keeper. */
export const dialAs = async (hostId: HostId, path: string, team: TeamId) =>
  open(path, { team, token: await assertionOf(hostId, `${ORIGIN}${path}`) });

type Hello = Extract<RunnerMessage, { type: 'runner:hello' }>['payload'];

export async function hello(
  team: TeamId,
  hostId = newHostId(),
  agents: Hello['agents'] = [],
  said: Hello['facts'] = facts(),
): Promise<{ readonly host: Runner; readonly hostId: Hello['hostId'] }> {
  const host = await runner(team, hostId);
  host.send({ type: 'runner:hello', payload: { hostId, version: '1', facts: said, agents } });
  return { host, hostId };
}

/** Answers the next order to place. */
export async function place(
  host: Runner,
  over: Partial<Extract<RunnerMessage, { type: 'agent:placed' }>['payload']> = {},
) {
  const order = await host.next('agent:place');
  const { requestId, generation, spec } = order;
  const payload = { requestId, generation, agentUid: spec.agentUid, pid: 42, startedAt: 1, ...over };
  host.send({ type: 'agent:placed', payload });
  return order;
}
