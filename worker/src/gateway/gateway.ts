import { Inbox, type TakeBytes } from '@muster/client/sync';
import {
  CLOSE,
  encode004,
  encodeMessage,
  errorRow,
  handshakeError004,
  SUBPROTOCOL,
  spokenDialect,
  type WireError,
} from '@muster/protocol';
import { countAttempt, failedAttempt } from '../auth/attempts.ts';
import { guard } from '../auth/guard.ts';
import { messageTokenVerifier } from '../auth/guard-member.ts';
import { type Env, lobbyOf, roomOf } from '../env.ts';
import type { PlainSocketHandler } from '../http/sockets.ts';
import { closeSocket } from '../socket/close.ts';
import { addressOf, withClaims } from '../socket/handshake.ts';
import { sendTo } from '../socket/send.ts';
import { ClaimsCache } from './claims-cache.ts';
import { handle, newGateway, nextTick } from './core.ts';
import type { Context, Effect, GatewayEvent, LinkKey } from './types.ts';

/** The objects look at path and query only; there is no such host. */
const INSIDE = 'https://muster.internal';
const NO_CLOSE = 1006;
/** X18: a plain client is in the room of each agent that it sees, also of those that are made later. */
const EVERY_ROOM = { visits: '*' } as const;

/**
 * G1: ends a plain socket here and speaks its dialect. A refusal is sent on the socket, where a browser can
 * read it.
 */
export const handlePlainSocket: PlainSocketHandler = async (request, env, _ctx, dialect) => {
  const pair = new WebSocketPair();
  const [client, server] = [pair[0], pair[1]];
  server.accept();
  const response = new Response(null, { status: 101, webSocket: client });
  const spoken = spokenDialect(dialect);
  if (!spoken.ok) {
    refuse(server, spoken.error);
    return response;
  }
  const asking = await guard(request, env, Date.now(), EVERY_ROOM);
  if (!asking.ok && asking.error.code === 'RATE_LIMIT') {
    refuse(server, asking.error, CLOSE.tryAgainLater);
    return response;
  }
  if (!asking.ok) {
    refuse(server, handshakeError004(await failedAttempt(request, env, asking.error)));
    return response;
  }
  const { team, claims } = asking.value;
  const tooMany = claims === null ? await countAttempt(request, env) : null;
  if (tooMany !== null) {
    refuse(server, tooMany);
    return response;
  }
  const session = new GatewaySession(server, env, addressOf(request.headers));
  session.dispatch({ type: 'start', team, claims: claims?.kind === 'member' ? claims : null });
  return response;
};

function refuse(
  socket: WebSocket,
  error: WireError,
  code: number = errorRow(error.code).close ?? CLOSE.badFrame,
): void {
  const stamp = { id: crypto.randomUUID(), timestamp: Date.now() };
  sendTo(socket, encode004({ type: 'error', payload: error }, stamp));
  closeSocket(socket, code, error.code);
}

/** One plain client: the sockets and the timer around the core. */
class GatewaySession {
  readonly #client: WebSocket;
  readonly #env: Env;
  readonly #address: string | null;
  readonly #gateway = newGateway(Date.now());
  readonly #links = new Map<LinkKey, WebSocket>();
  /** Which dial of a link counts: one that was hung up meanwhile does not. */
  readonly #dials = new Map<LinkKey, symbol>();
  readonly #context: Omit<Context, 'now'> = {
    random: () => Math.random(),
    freshId: () => crypto.randomUUID(),
  };
  readonly #claims: ClaimsCache;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(client: WebSocket, env: Env, address: string | null) {
    this.#client = client;
    this.#env = env;
    this.#address = address;
    this.#claims = new ClaimsCache(env);
    client.addEventListener('message', ({ data }) => {
      // This dialect has no binary: such a frame is refused like any other that is not JSON.
      this.dispatch({ type: 'client', text: typeof data === 'string' ? data : '' });
    });
    client.addEventListener('close', ({ code }) => {
      closeSocket(client, code);
      this.dispatch({ type: 'disconnected' });
    });
    client.addEventListener('error', () => this.dispatch({ type: 'disconnected' }));
  }

  dispatch(event: GatewayEvent): void {
    const context = { ...this.#context, now: Date.now() };
    for (const effect of handle(this.#gateway, event, context)) this.#perform(effect);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const at = nextTick(this.#gateway);
    this.#timer =
      at === null ? null : setTimeout(() => this.dispatch({ type: 'tick' }), Math.max(0, at - Date.now()));
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'send-to-client': {
        const { correlationId, message } = effect;
        const stamp = { id: crypto.randomUUID(), timestamp: Date.now() };
        const answers = correlationId === undefined ? {} : { correlationId };
        sendTo(this.#client, encode004(message, { ...stamp, ...answers }));
        return;
      }
      case 'pong':
        sendTo(this.#client, 'pong');
        return;
      case 'verify':
        void this.#verify(effect);
        return;
      case 'dial':
        void this.#dial(effect);
        return;
      case 'hang-up':
        return this.#hangUp(effect.key);
      case 'send': {
        const { key, message, id } = effect;
        return this.#send(key, encodeMessage(message, id === undefined ? {} : { id }));
      }
      case 'ping':
        return this.#send(effect.key, 'ping');
      case 'close':
        return closeSocket(this.#client, effect.code, effect.reason);
    }
  }

  #send(key: LinkKey, text: string): void {
    const socket = this.#links.get(key);
    if (socket !== undefined) sendTo(socket, text);
  }

  async #verify({ team, message, token, id, connects }: Effect & { type: 'verify' }): Promise<void> {
    const from = { device: '', address: this.#address };
    const coming = { connects, from, ...EVERY_ROOM };
    const result = await messageTokenVerifier(this.#env)(team, token, Date.now(), coming);
    this.dispatch({ type: 'verified', message, id, result });
  }

  async #dial({ key, to, claims, clientId }: Effect & { type: 'dial' }): Promise<void> {
    this.#hangUp(key);
    const dial = Symbol(key);
    this.#dials.set(key, dial);
    const upgrade = new Headers({ upgrade: 'websocket', 'sec-websocket-protocol': SUBPROTOCOL });
    const path = to.type === 'lobby' ? '/ws/dashboard' : `/ws/agents/${to.agentId}`;
    const url = `${INSIDE}${path}?client=${encodeURIComponent(clientId)}`;
    try {
      const known = await this.#claims.current(claims, Date.now());
      const headers = withClaims(upgrade, known, this.#address);
      const stub =
        to.type === 'lobby' ? lobbyOf(this.#env, claims.team) : roomOf(this.#env, claims.team, to.agentUid);
      const { webSocket } = await stub.fetch(new Request(url, { headers }));
      if (webSocket === null) throw new Error('the object gave no socket');
      webSocket.binaryType = 'arraybuffer';
      webSocket.accept();
      if (this.#dials.get(key) === dial) this.#attach(key, dial, webSocket);
      else closeSocket(webSocket, CLOSE.normal);
    } catch {
      // The object was reset or is not to be had just now: the core dials again.
      if (this.#dials.get(key) === dial) this.dispatch({ type: 'lost', key, code: NO_CLOSE });
    }
  }

  #attach(key: LinkKey, dial: symbol, socket: WebSocket): void {
    this.#links.set(key, socket);
    const inbox = new Inbox();
    const inOrder = (happened: () => void) =>
      inbox.other(() => {
        if (this.#dials.get(key) === dial) happened();
      });
    const lost = (code: number) =>
      inOrder(() => {
        this.#hangUp(key);
        this.dispatch({ type: 'lost', key, code });
      });
    const take: TakeBytes = (bytes, wireBytes) => {
      if (this.#dials.get(key) === dial) this.dispatch({ type: 'bytes', key, bytes, wireBytes });
      else inbox.close();
    };
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') inOrder(() => this.dispatch({ type: 'text', key, text: data }));
      else if (data instanceof ArrayBuffer) inbox.bytes(new Uint8Array(data), take);
    });
    socket.addEventListener('close', ({ code }) => lost(code));
    socket.addEventListener('error', () => lost(NO_CLOSE));
  }

  #hangUp(key: LinkKey): void {
    this.#dials.delete(key);
    const socket = this.#links.get(key);
    this.#links.delete(key);
    if (socket !== undefined) closeSocket(socket, CLOSE.normal);
  }
}
