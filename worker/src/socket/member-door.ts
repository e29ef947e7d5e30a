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
  VIEWER_RULES,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import type { VerifyMember } from '../auth/guard-member.ts';
import { authDue, authStep, mayViewer, type SocketAuth, startAuth, teamOf, withToken } from './auth.ts';
import { Dues } from './dues.ts';
import { connectionAck, frame, memberChanged } from './frame.ts';
import type { AcceptedSocket, Current, MemberRooms } from './member-rooms.ts';
import { PATIENCE, Patience, TOO_EARLY } from './patience.ts';
import { type Attached, type Sockets, sizeOf } from './sockets.ts';
import { type AuthMessage, bringsToken } from './token-message.ts';

/**
 * The sockets of members at either Durable Object: getting in by handshake or by message, limits, renewal and
 * expiry of tokens (M5; M11; X5). Every frame is decoded here and nowhere else.
 */
export class MemberDoor<D> {
  readonly #sockets: Sockets<D>;
  readonly #tag: string;
  readonly #verify: VerifyMember;
  readonly #current: Current;
  readonly #rooms: MemberRooms;
  /** Sockets whose token is being checked: what they say meanwhile waits its turn. */
  readonly #checking = new WeakMap<WebSocket, Promise<void>>();
  readonly #patience = new Patience<WebSocket>();
  #dues = new Dues();

  constructor(sockets: Sockets<D>, tag: string, verify: VerifyMember, current: Current, rooms: MemberRooms) {
    this.#sockets = sockets;
    this.#tag = tag;
    this.#verify = verify;
    this.#current = current;
    this.#rooms = rooms;
    this.#count();
  }

  /** How many have not brought their token yet. */
  get waiting(): number {
    const all = this.#sockets.all(this.#tag);
    return all.filter((socket) => this.#sockets.read(socket)?.auth.state === 'waiting').length;
  }

  /** H2: when `alarm` has something to do; null: no member is here. */
  get due(): number | null {
    return this.#dues.earliest;
  }

  /** X5: what was said of somebody on the way here may have changed since. */
  current<C extends Claims | null>(claims: C): Result<C | MemberClaims, WireError> {
    return claims?.kind === 'member' ? this.#current(claims) : ok(claims);
  }

  /** X5: open sockets of whom something has changed follow it, from their next message on; those it ends close. */
  follow(now: number, isHis: (claims: MemberClaims) => boolean): void {
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached?.auth.state !== 'member' || !isHis(attached.auth.claims)) continue;
      const { auth, connectionId } = attached;
      const claims = this.#current(auth.claims);
      if (!claims.ok) {
        this.#refuse(socket, { error: claims.error }, now, errorRow(claims.error.code).close);
        continue;
      }
      if (claims.value === auth.claims) continue;
      this.#keep(socket, attached, { ...auth, claims: claims.value });
      this.#tellChange(socket, auth.claims, claims.value, now);
      this.#rooms.joined(connectionId, claims.value, null);
    }
  }

  /** X5: a page shows what its member may do now, and not what it may not. */
  #tellChange(socket: WebSocket, before: MemberClaims, claims: MemberClaims, now: number): void {
    const message = memberChanged(before, claims);
    if (message !== null) this.#sockets.send(socket, frame(message, now));
  }

  accept(claims: Claims | null, team: TeamId, data: D, now: number): AcceptedSocket {
    const connectionId = crypto.randomUUID();
    const attached = { connectionId, connectedAt: now, auth: startAuth(claims, team, now), data };
    const { response, socket } = this.#sockets.accept(attached, [this.#tag]);
    this.#dues.set(connectionId, authDue(attached.auth));
    return { socket, connectionId, response };
  }

  /** Tells a socket that came with a token that it is in; one without gets its time to bring one. */
  welcome(socket: WebSocket, now: number): void {
    const attached = this.#sockets.read(socket);
    if (attached?.auth.state === 'member')
      this.#join(socket, attached, attached.auth.claims, null, undefined, now);
  }

  said(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const checking = this.#checking.get(socket);
    if (checking === undefined) return this.#hear(socket, message, now);
    const isStranger = this.#sockets.read(socket)?.auth.state === 'waiting';
    const most = isStranger ? PATIENCE.stranger : PATIENCE.member;
    if (!this.#patience.has(socket, sizeOf(message), most))
      return this.#refuse(socket, { error: TOO_EARLY }, now, isStranger ? CLOSE.rateLimited : undefined);
    return this.#inTurn(
      socket,
      checking.then(() => (this.#sockets.isOpen(socket) ? this.#hear(socket, message, now) : undefined)),
    );
  }

  /** Remembers the newest step of a socket until it is done, so that the next one comes after it. */
  #inTurn(socket: WebSocket, step: Promise<void>): Promise<void> {
    const tracked = step.finally(() => {
      if (this.#checking.get(socket) !== tracked) return;
      this.#checking.delete(socket);
      this.#patience.done(socket);
    });
    this.#checking.set(socket, tracked);
    return tracked;
  }

  #hear(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    const refusal = this.#sockets.refusal(socket, message, true, now);
    if (refusal !== null) return this.#refuse(socket, refusal, now, refusal.close);
    if (typeof message !== 'string') return this.#typed(socket, attached, new Uint8Array(message), now);
    const decoded = decodeViewer(message);
    if (!decoded.ok) return this.#refuse(socket, decoded.error, now, fatalClose(decoded.error.error));
    const { message: viewerMessage, id, metadata } = decoded.value;
    if (VIEWER_RULES[viewerMessage.type].bucket === 'none') this.#sockets.refund(socket);
    const bringing = bringsToken(viewerMessage);
    if (bringing !== null) {
      return this.#inTurn(socket, this.#checkToken(socket, bringing.token, bringing.message, id, now));
    }
    const may = mayViewer(attached.auth, viewerMessage.type, now);
    if (!may.ok) return this.#mayNot(socket, attached, viewerMessage, withId(may.error, id), now);
    const over = may.value && this.#sockets.writes.refusal(viewerMessage.type, may.value.member, now);
    if (over !== null) return this.#mayNot(socket, attached, viewerMessage, withId(over, id), now);
    this.#rooms.said(attached.connectionId, viewerMessage, id, metadata?.askedAt);
  }

  #typed(socket: WebSocket, attached: Attached<D>, bytes: Uint8Array, now: number): void {
    if (this.#rooms.typed === undefined)
      return this.#refuse(socket, { error: wireError('INVALID_MESSAGE', 'a viewer sends text here') }, now);
    const decoded = decodeInput(bytes);
    if (!decoded.ok) return this.#refuse(socket, decoded, now);
    const may = mayViewer(attached.auth, 'agent:input', now);
    if (may.ok) return this.#rooms.typed(attached.connectionId, decoded.value, bytes);
    this.#mayNot(socket, attached, { type: 'agent:input', payload: decoded.value }, may, now);
  }

  /** X5, X8. Whoever says something before a token is not heard further. */
  #mayNot(
    socket: WebSocket,
    { auth, connectionId }: Attached<D>,
    attempt: Attempt,
    refused: ProtocolError,
    now: number,
  ): void {
    const { error } = refused;
    this.#refuse(socket, refused, now, auth.state === 'waiting' ? errorRow('AUTH_FAILED').close : undefined);
    if (auth.state === 'member' && isCounted(error))
      this.#rooms.refused(connectionId, auth.claims, attempt, error);
  }

  /** A socket has closed: what was due because of it alone is no longer (H2). */
  left(connectionId: string): void {
    this.#dues.delete(connectionId);
  }

  /** What time asks of these sockets: no token within 5 s, expiring soon, expired. */
  alarm(now: number): void {
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached === null) continue;
      const step = authStep(attached.auth, now);
      if (step.kind === 'close') this.#refuse(socket, { error: step.error }, now, step.code);
      if (step.kind !== 'expiring') continue;
      this.#keep(socket, attached, step.auth);
      this.#sockets.send(
        socket,
        frame({ type: 'auth:expiring', payload: { expiresAt: step.expiresAt } }, now),
      );
    }
    this.#count();
  }

  async #checkToken(
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
    // Read after the await: what came meanwhile may have changed it, and who has gone does not come in.
    const attached = this.#sockets.isOpen(socket) ? this.#sockets.read(socket) : null;
    if (attached === null) return;
    const current = verified.ok ? this.#current(verified.value) : verified;
    const auth = current.ok ? withToken(attached.auth, current.value) : current;
    if (!auth.ok) {
      const first = attached.auth.state === 'waiting';
      const close = first ? refusalClose(auth.error.code) : undefined;
      return this.#refuse(socket, withId(auth.error, id), now, close);
    }
    const { claims } = auth.value;
    const before = attached.auth.state === 'member' ? attached.auth.claims : null;
    this.#keep(socket, attached, auth.value);
    if (before === null || by.type === 'dashboard:connect') {
      return this.#join(socket, attached, claims, by, id, now);
    }
    this.#tellChange(socket, before, claims, now);
    this.#rooms.joined(attached.connectionId, claims, by);
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
    this.#sockets.send(socket, frame(connectionAck(attached, claims), now, id));
    this.#ack(socket, id, { success: true }, now);
    this.#rooms.joined(attached.connectionId, claims, by);
  }

  #refuse(socket: WebSocket, refused: ProtocolError, now: number, close?: number): void {
    const { error, id } = refused;
    this.#sockets.send(socket, frame({ type: 'error', payload: error }, now, id));
    this.#ack(socket, id, { success: false, error }, now);
    if (close === undefined) return;
    this.#sockets.close(socket, close, error.code);
    const attached = this.#sockets.read(socket);
    if (attached !== null) this.#rooms.closed(attached.connectionId);
  }

  #ack(socket: WebSocket, id: string | undefined, ack: Omit<Ack, 'messageId'>, now: number): void {
    if (id === undefined) return;
    const message: ServerMessage = { type: 'ack', payload: { messageId: id, ...ack } };
    this.#sockets.send(socket, frame(message, now, id));
  }

  /** From the sockets that are here: also without those that closed while their token was checked. */
  #count(): void {
    this.#dues = new Dues();
    for (const socket of this.#sockets.all(this.#tag)) {
      const attached = this.#sockets.read(socket);
      if (attached !== null) this.#dues.set(attached.connectionId, authDue(attached.auth));
    }
  }

  #keep(socket: WebSocket, attached: Attached<D>, auth: SocketAuth): void {
    this.#sockets.attach(socket, { ...attached, auth });
    this.#dues.set(attached.connectionId, authDue(auth));
  }
}

/** X18: what a role refuses, and what is over its author's budget, is on record; that a token has expired is not. */
const isCounted = ({ code }: WireError) => code === 'INSUFFICIENT_PERMISSIONS' || code === 'RATE_LIMIT';

const withId = (error: WireError, id: string | undefined): ProtocolError =>
  id === undefined ? { error } : { error, id };

/** Another major of the protocol cannot be talked to at all. */
const fatalClose = (error: WireError) =>
  error.code === 'UNSUPPORTED_VERSION' ? errorRow('UNSUPPORTED_VERSION').close : undefined;
