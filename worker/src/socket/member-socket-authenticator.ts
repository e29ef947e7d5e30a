import {
  type Ack,
  CLOSE,
  decodeInput,
  decodeViewer,
  errorRow,
  ok,
  type ProtocolError,
  type Result,
  refusalClose,
  type ServerMessage,
  type TeamId,
  VIEWER_MESSAGES,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import type { VerifyMember } from '../auth/guard-member.ts';
import {
  authDeadline,
  authorizeViewerMessage,
  initialAuth,
  nextAuthStep,
  type SocketAuth,
  teamOf,
  withToken,
} from './auth.ts';
import { Deadlines } from './deadlines.ts';
import { connectionAck, frame, memberChanged } from './frame.ts';
import type { Attached, HibernatingSockets } from './hibernating-sockets.ts';
import type { AcceptedSocket, MemberSocketHandler, ResolveCurrentClaims } from './member-socket-handler.ts';
import { sizeOf } from './message-size.ts';
import { PRE_AUTH_BYTES, PRE_AUTH_OVERFLOW, PreAuthBuffer } from './pre-auth-buffer.ts';
import { type AuthMessage, tokenMessageOf } from './token-message.ts';

/**
 * The sockets of members at either Durable Object: getting in by handshake or by message, limits, renewal and
 * expiry of tokens (M5; M11; X5). Every frame is decoded here and nowhere else.
 */
export class MemberSocketAuthenticator<D> {
  readonly #sockets: HibernatingSockets<D>;
  readonly #tag: string;
  readonly #verify: VerifyMember;
  readonly #resolveCurrent: ResolveCurrentClaims;
  readonly #handler: MemberSocketHandler;
  /** Sockets whose token is being verified: their messages wait until then. */
  readonly #verifying = new WeakMap<WebSocket, Promise<void>>();
  readonly #preAuth = new PreAuthBuffer<WebSocket>();
  #deadlines = new Deadlines();

  constructor(
    sockets: HibernatingSockets<D>,
    tag: string,
    verify: VerifyMember,
    resolveCurrent: ResolveCurrentClaims,
    rooms: MemberSocketHandler,
  ) {
    this.#sockets = sockets;
    this.#tag = tag;
    this.#verify = verify;
    this.#resolveCurrent = resolveCurrent;
    this.#handler = rooms;
    this.#rebuildDeadlines();
  }

  /** How many sockets have not brought their token yet. */
  get unauthenticatedCount(): number {
    const all = this.#sockets.all(this.#tag);
    return all.filter((socket) => this.#sockets.read(socket)?.auth.state === 'waiting').length;
  }

  /** H2: when `alarm` has something to do; null: no member is here. */
  get nextDeadline(): number | null {
    return this.#deadlines.earliest;
  }

  /** X5: claims that were verified on the way here may have changed since. */
  currentClaims<C extends Claims | null>(claims: C): Result<C | MemberClaims, WireError> {
    return claims?.kind === 'member' ? this.#resolveCurrent(claims) : ok(claims);
  }

  /** X5: applies changed access rights to the open sockets of the members concerned; sockets that lose access are closed. */
  applyClaimChanges(now: number, isAffected: (claims: MemberClaims) => boolean): void {
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached?.auth.state !== 'member' || !isAffected(attached.auth.claims)) continue;
      const { auth, connectionId } = attached;
      const claims = this.#resolveCurrent(auth.claims);
      if (!claims.ok) {
        this.#refuse(socket, { error: claims.error }, now, errorRow(claims.error.code).close);
        continue;
      }
      if (claims.value === auth.claims) continue;
      this.#storeAuth(socket, attached, { ...auth, claims: claims.value });
      this.#sendMemberChange(socket, auth.claims, claims.value, now);
      this.#handler.handleRenewal(connectionId, claims.value, null);
    }
  }

  /** X5: tells a client that its member's role or name changed, so that the page shows what they may do now. */
  #sendMemberChange(socket: WebSocket, before: MemberClaims, claims: MemberClaims, now: number): void {
    const message = memberChanged(before, claims);
    if (message !== null) this.#sockets.send(socket, frame(message, now));
  }

  accept(claims: Claims | null, team: TeamId, data: D, now: number): AcceptedSocket {
    const connectionId = crypto.randomUUID();
    const attached = { connectionId, connectedAt: now, auth: initialAuth(claims, team, now), data };
    const { response, socket } = this.#sockets.accept(attached, [this.#tag]);
    this.#deadlines.set(connectionId, authDeadline(attached.auth));
    return { socket, connectionId, response };
  }

  /** Joins a socket that came with a token; one without has `authDeadline` to send one. */
  welcome(socket: WebSocket, now: number): void {
    const attached = this.#sockets.read(socket);
    if (attached?.auth.state === 'member')
      this.#join(socket, attached, attached.auth.claims, null, undefined, now);
  }

  handleMessage(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const checking = this.#verifying.get(socket);
    if (checking === undefined) return this.#process(socket, message, now);
    const isStranger = this.#sockets.read(socket)?.auth.state === 'waiting';
    const limit = isStranger ? PRE_AUTH_BYTES.stranger : PRE_AUTH_BYTES.member;
    if (!this.#preAuth.reserve(socket, sizeOf(message), limit))
      return this.#refuse(
        socket,
        { error: PRE_AUTH_OVERFLOW },
        now,
        isStranger ? CLOSE.rateLimited : undefined,
      );
    return this.#serialize(
      socket,
      checking.then(() => (this.#sockets.isOpen(socket) ? this.#process(socket, message, now) : undefined)),
    );
  }

  /** Runs the steps of a socket one after another: remembers the newest until it is done. */
  #serialize(socket: WebSocket, step: Promise<void>): Promise<void> {
    const tracked = step.finally(() => {
      if (this.#verifying.get(socket) !== tracked) return;
      this.#verifying.delete(socket);
      this.#preAuth.release(socket);
    });
    this.#verifying.set(socket, tracked);
    return tracked;
  }

  #process(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    const refusal = this.#sockets.refusal(socket, message, true, now);
    if (refusal !== null) return this.#refuse(socket, refusal, now, refusal.close);
    if (typeof message !== 'string')
      return this.#handleInputFrame(socket, attached, new Uint8Array(message), now);
    const decoded = decodeViewer(message);
    if (!decoded.ok) return this.#refuse(socket, decoded.error, now, fatalClose(decoded.error.error));
    const { message: viewerMessage, id, metadata } = decoded.value;
    if (VIEWER_MESSAGES[viewerMessage.type].bucket === 'none') this.#sockets.refund(socket);
    const bringing = tokenMessageOf(viewerMessage);
    if (bringing !== null) {
      return this.#serialize(socket, this.#verifyToken(socket, bringing.token, bringing.message, id, now));
    }
    const may = authorizeViewerMessage(attached.auth, viewerMessage.type, now);
    if (!may.ok) return this.#refuseMessage(socket, attached, viewerMessage, withId(may.error, id), now);
    const over = may.value && this.#sockets.writes.refusal(viewerMessage.type, may.value.member, now);
    if (over !== null) return this.#refuseMessage(socket, attached, viewerMessage, withId(over, id), now);
    this.#handler.handleMessage(attached.connectionId, viewerMessage, id, metadata?.askedAt);
  }

  #handleInputFrame(socket: WebSocket, attached: Attached<D>, bytes: Uint8Array, now: number): void {
    if (this.#handler.handleInputFrame === undefined)
      return this.#refuse(socket, { error: wireError('INVALID_MESSAGE', 'a viewer sends text here') }, now);
    const decoded = decodeInput(bytes);
    if (!decoded.ok) return this.#refuse(socket, decoded, now);
    const may = authorizeViewerMessage(attached.auth, 'agent:input', now);
    if (may.ok) return this.#handler.handleInputFrame(attached.connectionId, decoded.value, bytes);
    this.#refuseMessage(socket, attached, { type: 'agent:input', payload: decoded.value }, may, now);
  }

  /** X5, X8: refuses a message. A socket that sends one before its token is closed. */
  #refuseMessage(
    socket: WebSocket,
    { auth, connectionId }: Attached<D>,
    attempt: Attempt,
    refused: ProtocolError,
    now: number,
  ): void {
    const { error } = refused;
    this.#refuse(socket, refused, now, auth.state === 'waiting' ? errorRow('AUTH_FAILED').close : undefined);
    if (auth.state === 'member' && isAudited(error))
      this.#handler.handleRefusal(connectionId, auth.claims, attempt, error);
  }

  /** A socket has closed: its deadline goes (H2). */
  handleDisconnect(connectionId: string): void {
    this.#deadlines.delete(connectionId);
  }

  /** Handles deadlines: no token within 5 s, a token that expires soon, an expired one. */
  handleAlarm(now: number): void {
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached === null) continue;
      const step = nextAuthStep(attached.auth, now);
      if (step.kind === 'close') this.#refuse(socket, { error: step.error }, now, step.code);
      if (step.kind !== 'expiring') continue;
      this.#storeAuth(socket, attached, step.auth);
      this.#sockets.send(
        socket,
        frame({ type: 'auth:expiring', payload: { expiresAt: step.expiresAt } }, now),
      );
    }
    this.#rebuildDeadlines();
  }

  async #verifyToken(
    socket: WebSocket,
    token: string,
    by: AuthMessage,
    id: string | undefined,
    now: number,
  ): Promise<void> {
    const waiting = this.#sockets.read(socket)?.auth;
    if (waiting === undefined) return;
    const connects = waiting.state === 'waiting';
    const verified = await this.#verify(teamOf(waiting), token, now, { connects });
    // Read after the await: the attachment may have changed meanwhile, and a socket that closed must not join.
    const attached = this.#sockets.isOpen(socket) ? this.#sockets.read(socket) : null;
    if (attached === null) return;
    const current = verified.ok ? this.#resolveCurrent(verified.value) : verified;
    const auth = current.ok ? withToken(attached.auth, current.value) : current;
    if (!auth.ok) {
      const first = attached.auth.state === 'waiting';
      const close = first ? refusalClose(auth.error.code) : undefined;
      return this.#refuse(socket, withId(auth.error, id), now, close);
    }
    const { claims } = auth.value;
    const before = attached.auth.state === 'member' ? attached.auth.claims : null;
    this.#storeAuth(socket, attached, auth.value);
    if (before === null) return this.#join(socket, attached, claims, by, id, now);
    if (by.type === 'dashboard:connect') {
      this.#greet(socket, attached, claims, id, now);
      return this.#handler.handleRenewal(attached.connectionId, claims, by);
    }
    this.#sendMemberChange(socket, before, claims, now);
    this.#handler.handleRenewal(attached.connectionId, claims, by);
    this.#ack(socket, id, { success: true }, now);
  }

  #join(
    socket: WebSocket,
    attached: Attached<D>,
    claims: MemberClaims,
    by: AuthMessage | null,
    id: string | undefined,
    now: number,
  ): void {
    this.#greet(socket, attached, claims, id, now);
    this.#handler.handleJoin(attached.connectionId, claims, by);
  }

  /** M5. */
  #greet(
    socket: WebSocket,
    attached: Attached<D>,
    claims: MemberClaims,
    id: string | undefined,
    now: number,
  ): void {
    this.#sockets.send(socket, frame(connectionAck(attached, claims), now, id));
    this.#ack(socket, id, { success: true }, now);
  }

  #refuse(socket: WebSocket, refused: ProtocolError, now: number, close?: number): void {
    const { error, id } = refused;
    this.#sockets.send(socket, frame({ type: 'error', payload: error }, now, id));
    this.#ack(socket, id, { success: false, error }, now);
    if (close === undefined) return;
    this.#sockets.close(socket, close, error.code);
    const attached = this.#sockets.read(socket);
    if (attached !== null) this.#handler.handleClose(attached.connectionId);
  }

  #ack(socket: WebSocket, id: string | undefined, ack: Omit<Ack, 'messageId'>, now: number): void {
    if (id === undefined) return;
    const message: ServerMessage = { type: 'ack', payload: { messageId: id, ...ack } };
    this.#sockets.send(socket, frame(message, now, id));
  }

  /** From the sockets that are here: also without those that closed while their token was checked. */
  #rebuildDeadlines(): void {
    this.#deadlines = new Deadlines();
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached !== null) this.#deadlines.set(attached.connectionId, authDeadline(attached.auth));
    }
  }

  #storeAuth(socket: WebSocket, attached: Attached<D>, auth: SocketAuth): void {
    this.#sockets.attach(socket, { ...attached, auth });
    this.#deadlines.set(attached.connectionId, authDeadline(auth));
  }
}

/** X18: what a role refuses, and what is over its author's budget, is on record; that a token has expired is not. */
const isAudited = ({ code }: WireError) => code === 'INSUFFICIENT_PERMISSIONS' || code === 'RATE_LIMIT';

const withId = (error: WireError, id: string | undefined): ProtocolError =>
  id === undefined ? { error } : { error, id };

/** Another major of the protocol cannot be talked to at all. */
const fatalClose = (error: WireError) =>
  error.code === 'UNSUPPORTED_VERSION' ? errorRow('UNSUPPORTED_VERSION').close : undefined;
