import { DurableObject } from 'cloudflare:workers';
import {
  type AgentId,
  CLOSE,
  encodeMessage,
  encodePolled,
  err,
  LIMITS,
  ok,
  type Result,
  SUBPROTOCOL,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type Env, lobbyOf, roomOf } from '../env.ts';
import type { LineRpc, Poll } from '../rpc.ts';
import { type Bucket, fullBucket, take as takeToken } from '../socket/bucket.ts';
import { closeSocket } from '../socket/close.ts';
import { withClaims } from '../socket/handshake.ts';
import { sendTo } from '../socket/send.ts';
import { POLL } from './core/limits.ts';
import {
  acceptTexts,
  confirmReceipt,
  type Line,
  newestNumber,
  newLine,
  receiveFrame,
  takeAnswer,
} from './core/line.ts';

const RATE = { perSecond: POLL.pollsPerSecond, burst: POLL.burst } as const;
/** Objects read the path and the query of an address only. */
const INSIDE = 'https://inside';

const LINE_GONE = encodePolled({ kind: 'close', code: CLOSE.goingAway, reason: 'this line is gone' });

/** A line that leads somewhere. */
interface OpenLine {
  readonly agentId: AgentId | null;
  readonly socket: WebSocket;
  readonly line: Line;
  /** When the last text was sent on it, ms. */
  lastSentAt: number;
  /** Pings of its own that were not answered. */
  pings: number;
}

/**
 * G5: a socket for clients without sockets: an ordinary `muster.v1` viewer of a room or the lobby, which know
 * nothing of polling. Its poller receives that socket's frames. It stores nothing: a deploy or a lost poller
 * ends it like a socket, and a client that comes back dials anew with its cursor.
 */
export class PolledLine extends DurableObject<Env> implements LineRpc {
  #open: OpenLine | null = null;
  /** Polls wait for the dial of the first of them. */
  #dialling: Promise<Result<OpenLine, WireError>> | null = null;
  #polls = 0;
  #lease: ReturnType<typeof setTimeout> | null = null;
  #wake: () => void = () => undefined;
  #bucket: Bucket = fullBucket(RATE, Date.now());

  async poll(poll: Poll): Promise<Result<Uint8Array<ArrayBuffer>, WireError>> {
    this.#polls += 1;
    if (this.#lease !== null) clearTimeout(this.#lease);
    try {
      await this.#waitForRate();
      // A line that was lost is a socket that was lost: its poller dials another.
      if (this.#open === null && this.#dialling === null && (poll.got ?? 0) > 0) return ok(LINE_GONE);
      const open = await this.#lineOf(poll);
      return open.ok ? await this.#answer(open.value, poll) : open;
    } finally {
      this.#polls -= 1;
      if (this.#polls === 0) this.#lease = setTimeout(() => this.#end(), POLL.lease);
    }
  }

  async say(texts: readonly string[], from?: number): Promise<Result<null, WireError>> {
    if (this.#open === null)
      return err(wireError('INVALID_STATE', 'This line is not open', { field: 'line' }));
    const fresh = acceptTexts(this.#open.line, texts, from);
    if (!fresh.ok) return fresh;
    for (const text of fresh.value) this.#send(this.#open, text);
    return ok(null);
  }

  async hangUp(): Promise<void> {
    this.#end();
  }

  /** L: as fast as it likes up to a limit, then in its time. */
  async #waitForRate(): Promise<void> {
    const taken = takeToken(this.#bucket, RATE, Date.now());
    this.#bucket = taken.bucket;
    if (!taken.ok) await scheduler.wait(taken.retryAfter);
  }

  async #lineOf(poll: Poll): Promise<Result<OpenLine, WireError>> {
    const { agentId, read } = poll;
    if (this.#open === null) {
      this.#dialling ??= this.#dial(poll).finally(() => {
        this.#dialling = null;
      });
      return this.#dialling;
    }
    if (this.#open.agentId !== agentId)
      return err(wireError('INVALID_MESSAGE', 'This line leads to another agent', { field: 'line' }));
    if (read?.after !== undefined)
      this.#send(this.#open, encodeMessage({ type: 'flow:ack', payload: read.after }));
    return ok(this.#open);
  }

  async #dial(poll: Poll): Promise<Result<OpenLine, WireError>> {
    const { agentId, claims, clientId, features = '', address, read } = poll;
    const lobby = lobbyOf(this.env, claims.team);
    const tooMany = await lobby.connects({ kind: 'member', id: claims.member });
    if (tooMany !== null) return err(tooMany);
    const reached = agentId === null ? null : await lobby.reach(agentId, claims, true);
    if (reached !== null && !reached.ok) return reached;
    const known = reached === null ? claims : reached.value.claims;
    const upgrade = new Headers({ upgrade: 'websocket', 'sec-websocket-protocol': SUBPROTOCOL });
    const path = agentId === null ? '/ws/dashboard' : `/ws/agents/${agentId}`;
    const url = new URL(path, INSIDE);
    url.searchParams.set('client', clientId);
    url.searchParams.set('features', features);
    const object = reached === null ? lobby : roomOf(this.env, claims.team, reached.value.agentUid);
    const { webSocket } = await object.fetch(
      new Request(url, { headers: withClaims(upgrade, known, address) }),
    );
    if (webSocket === null) return err(wireError('SERVICE_UNAVAILABLE', 'the object gave no socket'));
    const open: OpenLine = { agentId, socket: webSocket, line: newLine(), lastSentAt: Date.now(), pings: 0 };
    this.#open = open;
    this.#listen(open);
    if (agentId !== null && read !== undefined)
      this.#send(
        open,
        encodeMessage({ type: 'subscribe:agent', payload: { agentId, ...read } }, { id: 'poll' }),
      );
    return ok(open);
  }

  #listen(open: OpenLine): void {
    const { socket, line } = open;
    socket.binaryType = 'arraybuffer';
    socket.accept();
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong' && open.pings > 0) {
        open.pings -= 1;
        return;
      }
      const frame =
        typeof data === 'string'
          ? ({ kind: 'text', text: data } as const)
          : ({ kind: 'binary', bytes: new Uint8Array(data as ArrayBuffer) } as const);
      if (!receiveFrame(line, frame)) closeSocket(socket, CLOSE.tooSlow);
      this.#wake();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      closeSocket(socket, code);
      receiveFrame(line, { kind: 'close', code, reason });
      this.#wake();
    });
  }

  #send(open: OpenLine, text: string): void {
    open.lastSentAt = Date.now();
    sendTo(open.socket, text);
  }

  async #answer(open: OpenLine, poll: Poll): Promise<Result<Uint8Array<ArrayBuffer>, WireError>> {
    const { line } = open;
    const confirmed = confirmReceipt(line, poll.got);
    if (!confirmed.ok) return confirmed;
    if (line.ended && line.frames.length === 0) return ok(LINE_GONE);
    // H1: a poller that never speaks must not look dead to the object.
    if (Date.now() - open.lastSentAt >= POLL.pingEvery) {
      open.pings += 1;
      this.#send(open, 'ping');
    }
    if (poll.once) {
      const enough = () => line.ended || (poll.agentId === null ? line.frames.length > 0 : line.hasOutput);
      await this.#until(enough, poll.wait);
      await this.#quiet(line);
    } else await this.#until(() => line.frames.length > 0, poll.wait);
    const bytes = takeAnswer(line);
    if (poll.once) this.#end();
    return ok(bytes);
  }

  /** Resolves when nothing came for a moment, or the answer is full. */
  async #quiet(line: Line): Promise<void> {
    for (let last = -1; last < newestNumber(line) && line.bytes < LIMITS.pollBytes; ) {
      last = newestNumber(line);
      await this.#until(() => newestNumber(line) > last, POLL.quiet);
    }
  }

  /** Resolves when the line is as asked for, after `ms`, or when another poll comes, whose turn it is then. */
  async #until(isSo: () => boolean, ms: number): Promise<void> {
    this.#wake();
    if (isSo() || ms === 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      const mine = this.#polls;
      this.#wake = () => {
        if (isSo() || this.#polls > mine) done();
      };
    });
  }

  /** Nobody polls any more, or wants to. */
  #end(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    closeSocket(open.socket, CLOSE.normal);
    receiveFrame(open.line, { kind: 'close', code: CLOSE.normal, reason: 'this line was ended' });
    this.#wake();
  }
}
