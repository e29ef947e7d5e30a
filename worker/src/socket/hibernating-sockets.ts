import { CLOSE, errorRow, LIMITS, type MemberId, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { type SocketAuth, SocketAuthSchema } from './auth.ts';
import { type Bucket, BucketSchema, fullBucket, isWorthStoring, refund, take } from './bucket.ts';
import { answerableCode, closeSocket } from './close.ts';
import { switchingProtocols } from './handshake.ts';
import { SOCKET } from './limits.ts';
import { MEMBER_RATE, MemberRateLimiter, rateLimitError, SOCKET_RATE } from './member-rate-limiter.ts';
import { sizeOf } from './message-size.ts';
import { sendTo } from './send.ts';
import { WriteRateLimiter } from './write-rate-limiter.ts';

const encoder = new TextEncoder();

/** What is kept with a socket through hibernation. `data` is the object's own. */
export interface Attached<D> {
  readonly connectionId: string;
  /** ms since 1970. */
  readonly connectedAt: number;
  readonly auth: SocketAuth;
  readonly data: D;
  /** L: the buckets of the socket and of its member, as last stored; absent: full. */
  readonly bucket?: Bucket | undefined;
  readonly memberBucket?: Bucket | undefined;
}

/** Made once for each kind of object, not by each object: a schema is 4 kB, and there may be thousands of rooms. */
export const attachedSchema = <D>(data: z.ZodType<D>): z.ZodType<Attached<D>> =>
  z.object({
    connectionId: z.string(),
    connectedAt: z.number(),
    auth: SocketAuthSchema,
    data,
    bucket: BucketSchema.optional(),
    memberBucket: BucketSchema.optional(),
  });

const memberOf = (attached: Attached<unknown> | null): MemberId | null =>
  attached?.auth.state === 'member' ? attached.auth.claims.member : null;

/** Why a message was not let in. With `close` the socket is to be closed with that code. */
export interface Refusal {
  readonly error: WireError;
  readonly close?: number;
}

/**
 * The hibernating sockets of one Durable Object: attachments parsed on the way out and written only on
 * change, sends that never throw, limits per socket. It decides nothing that belongs in a core.
 */
export class HibernatingSockets<D> {
  readonly #ctx: DurableObjectState;
  readonly #schema: z.ZodType<Attached<D>>;
  /** Parsed attachments; after a wake they are parsed again. */
  readonly #attached = new WeakMap<WebSocket, Attached<D>>();
  readonly #buckets = new WeakMap<WebSocket, Bucket>();
  readonly #memberRates = new MemberRateLimiter(MEMBER_RATE);
  readonly #lastMessageAt = new WeakMap<WebSocket, number>();
  /** X18: what members write here, by sockets and calls. */
  readonly writes = new WriteRateLimiter();

  constructor(ctx: DurableObjectState, schema: z.ZodType<Attached<D>>) {
    this.#ctx = ctx;
    this.#schema = schema;
    // H1: a bare `ping` is answered by the platform and wakes nothing.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    for (const socket of this.all()) {
      const attached = this.read(socket);
      const member = memberOf(attached);
      if (member !== null && attached?.memberBucket !== undefined)
        this.#memberRates.restore(member, attached.memberBucket);
    }
  }

  /** Takes a new socket in. `tags` (10 × 256 characters) are how `all` finds it without parsing. */
  accept(attached: Attached<D>, tags: string[]): { readonly response: Response; readonly socket: WebSocket } {
    const pair = new WebSocketPair();
    this.#ctx.acceptWebSocket(pair[1], tags);
    this.attach(pair[1], attached);
    return { response: switchingProtocols(pair[0]), socket: pair[1] };
  }

  /** The open sockets, of one tag or all: those that are closing are left out. */
  all(tag?: string): WebSocket[] {
    return this.#ctx.getWebSockets(tag).filter((socket) => this.isOpen(socket));
  }

  /** False: it closes, or has. */
  isOpen(socket: WebSocket): boolean {
    return socket.readyState === WebSocket.OPEN;
  }

  /** Null when the attachment is not ours to read (an older version's): such a socket is to be closed. */
  read(socket: WebSocket): Attached<D> | null {
    const known = this.#attached.get(socket);
    if (known !== undefined) return known;
    const parsed = this.#schema.safeParse(socket.deserializeAttachment());
    if (!parsed.success) return null;
    this.#attached.set(socket, parsed.data);
    return parsed.data;
  }

  /** Written only on change. @throws RangeError beyond 16 KiB: a fault of the object, whose data is bounded. */
  attach(socket: WebSocket, next: Attached<D>): void {
    const known = this.#attached.get(socket);
    if (known === next) return;
    const text = JSON.stringify(next);
    if (known !== undefined && JSON.stringify(known) === text) return;
    if (encoder.encode(text).length > SOCKET.attachmentBytes)
      throw new RangeError('an attachment is at most 16 KiB');
    socket.serializeAttachment(next);
    this.#attached.set(socket, next);
  }

  /** S13 for every socket, L for viewers. Call it before the message is parsed. */
  refusal(socket: WebSocket, message: string | ArrayBuffer, limited: boolean, now: number): Refusal | null {
    this.#lastMessageAt.set(socket, now);
    if (sizeOf(message) > LIMITS.messageBytes) {
      const error = wireError('MESSAGE_TOO_LARGE', `a message is at most ${LIMITS.messageBytes} bytes`);
      return { error, close: errorRow('MESSAGE_TOO_LARGE').close ?? CLOSE.badFrame };
    }
    return limited ? this.#rateRefusal(socket, now) : null;
  }

  /** L: of this socket, and of its member over all of them. */
  #rateRefusal(socket: WebSocket, now: number): Refusal | null {
    const attached = this.read(socket);
    const member = memberOf(attached);
    const taken = take(this.#bucketOf(socket, attached, now), SOCKET_RATE, now);
    this.#buckets.set(socket, taken.bucket);
    let error = taken.ok ? null : rateLimitError(SOCKET_RATE, taken.retryAfter);
    if (error === null && member !== null) error = this.#memberRates.refusal(member, now);
    const ofMember = member === null ? undefined : this.#memberRates.bucket(member);
    if (attached !== null) this.#storeBuckets(socket, attached, taken.bucket, ofMember);
    if (error === null) return null;
    const refused = Math.max(taken.bucket.refused, ofMember?.refused ?? 0);
    return refused >= SOCKET.refusalsBeforeClose ? { error, close: CLOSE.rateLimited } : { error };
  }

  #bucketOf(socket: WebSocket, attached: Attached<D> | null, now: number): Bucket {
    return this.#buckets.get(socket) ?? attached?.bucket ?? fullBucket(SOCKET_RATE, now);
  }

  /** In the attachment, which is no row. */
  #storeBuckets(
    socket: WebSocket,
    attached: Attached<D>,
    bucket: Bucket,
    memberBucket: Bucket | undefined,
  ): void {
    const own = isWorthStoring(bucket, attached.bucket, SOCKET_RATE);
    const members =
      memberBucket !== undefined && isWorthStoring(memberBucket, attached.memberBucket, MEMBER_RATE);
    if (own || members)
      this.attach(socket, { ...attached, bucket, ...(memberBucket === undefined ? {} : { memberBucket }) });
  }

  /** S8: `flow:ack` is outside the limits. */
  refund(socket: WebSocket): void {
    const bucket = this.#buckets.get(socket);
    if (bucket !== undefined) this.#buckets.set(socket, refund(bucket, SOCKET_RATE));
    const member = memberOf(this.read(socket));
    if (member !== null) this.#memberRates.refund(member);
  }

  /** H1: when the peer was last active: by a message, a bare `ping` or its connecting; ms since 1970. */
  lastSeen(socket: WebSocket): number {
    const ping = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(ping, this.#lastMessageAt.get(socket) ?? 0, this.read(socket)?.connectedAt ?? 0);
  }

  send(socket: WebSocket, data: string | ArrayBuffer | ArrayBufferView): boolean {
    return sendTo(socket, data);
  }

  close(socket: WebSocket, code: number, reason?: string): void {
    closeSocket(socket, code, reason);
  }

  /** In `webSocketClose`: a close is always answered. */
  answerClose(socket: WebSocket, code: number): void {
    closeSocket(socket, answerableCode(code));
  }
}
