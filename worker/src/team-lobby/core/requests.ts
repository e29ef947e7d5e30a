import { type AgentSpec, type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import { type AuditDraft, completeEntry } from '../../audit/entry.ts';
import {
  type Answer,
  answerMessages,
  fingerprintOf,
  type KnownRequest,
  recognize,
  staleRefusal,
} from '../../socket/idempotency.ts';
import { LOBBY } from './limits.ts';
import { commit } from './state.ts';
import type { AckRow, AgentRow, Lobby, Requester, RequestKey, UnitOfWork, Waiter } from './types.ts';

/** A request; without `id` the client expects no ack. */
export interface Request {
  readonly by: Requester;
  readonly message: ViewerMessage;
  readonly id: string | undefined;
  /** I1: when it was first sent, ms since 1970. */
  readonly askedAt?: number | undefined;
  /** X8: its audit entry, without the result; null: it is not audited. */
  readonly audit: AuditDraft | null;
}

/** I1: the key a request is remembered under, and what makes it the same request. */
export function requestKey({ by, message, id }: Request): RequestKey | null {
  if (id === undefined) return null;
  return { key: `${by.key}/${id}`, fingerprint: fingerprintOf(message) };
}

/** Sends exactly one ack to a client that gave an id; an error also comes as `error`. */
export function answer(work: UnitOfWork, { connection, messageId }: Waiter, reply: Answer): void {
  const correlation = messageId === undefined ? {} : { correlationId: messageId };
  for (const message of answerMessages(reply, messageId))
    work.out.push({ type: 'send', to: connection, message, ...correlation });
}

export const refusal = (error: WireError): Answer => ({ success: false, error });

/** Answers a request that is not remembered. */
export function reply(work: UnitOfWork, { by, id }: Request, result: Answer): void {
  answer(work, { connection: by.connection, messageId: id }, result);
}

/** X8: what became of a request, in the transaction that made it so. `spec`: the agent that it was about. */
export function auditResult(
  work: UnitOfWork,
  audit: AuditDraft | null,
  { error }: Answer,
  spec?: Pick<AgentSpec, 'agentId' | 'agentUid'>,
): void {
  if (audit === null) return;
  const about = spec === undefined ? {} : { agentId: spec.agentId, agentUid: spec.agentUid };
  work.out.push({ type: 'audit', entry: completeEntry({ ...audit, ...about }, error, work.now) });
}

/** Refuses a request that changed nothing: it is not remembered (I1), and counted with others (X8a). */
export function refuse(work: UnitOfWork, request: Request, error: WireError): void {
  const { audit } = request;
  if (audit !== null) work.out.push({ type: 'audit-refusal', entry: completeEntry(audit, error, work.now) });
  reply(work, request, refusal(error));
}

/**
 * I1: refuses a request to change an agent that does not exist, and remembers that. A copy of the request may come
 * after somebody made another agent of that name, and must not change that one.
 */
export function refuseForGood(lobby: Lobby, work: UnitOfWork, request: Request, error: WireError): void {
  rememberAck(lobby, work, requestKey(request), refusal(error));
  refuse(work, request, error);
}

/** I1: remembers what was answered, in the transaction that made it true. */
export function rememberAck(lobby: Lobby, work: UnitOfWork, key: RequestKey | null, ack: Answer): void {
  if (key === null) return;
  const dropAcks: string[] = [];
  let room = LOBBY.acks - lobby.acks.size;
  for (const old of lobby.acks.values()) {
    if (old.until > work.now && room > 0) break;
    dropAcks.push(old.key);
    room += 1;
  }
  const row: AckRow = { ...key, ack, until: work.now + LOBBY.ackMemory };
  commit(lobby, { dropAcks, acks: [row] }, work);
}

/**
 * I1: deals with a request that was made before: its first ack again, or, with another payload,
 * INVALID_MESSAGE; while its create is under way it waits for that one; one that may be forgotten is refused. True when
 * it was one.
 */
export function answerRepeat(lobby: Lobby, work: UnitOfWork, request: Request): boolean {
  const key = requestKey(request);
  if (key === null) return false;
  const answered = lobby.acks.get(key.key);
  const creating = [...lobby.agents.values()].find(({ pending }) => pending?.request?.key === key.key);
  const repeat = recognize(knownRequest(answered, creating, work.now), key.fingerprint);
  switch (repeat.type) {
    case 'new':
      return refuseLate(work, request);
    case 'answered':
      reply(work, request, repeat.ack);
      return true;
    case 'refused':
      reply(work, request, refusal(repeat.error));
      return true;
    case 'pending':
      awaitCreate(lobby, work, creating, { connection: request.by.connection, messageId: request.id });
      return true;
  }
}

/** What is remembered under one key: an answer, or a create that is under way. */
function knownRequest(
  answered: AckRow | undefined,
  creating: AgentRow | undefined,
  now: number,
): KnownRequest | undefined {
  if (answered !== undefined && answered.until > now) return answered;
  const request = creating?.pending?.request;
  return request === undefined || request === null ? undefined : { ...request, ack: null };
}

function awaitCreate(lobby: Lobby, work: UnitOfWork, row: AgentRow | undefined, waiter: Waiter): void {
  if (row === undefined || row.pending === null) return;
  const all = [...row.pending.waiting, waiter];
  const waiting = all.slice(-MAX_WAITERS);
  for (const dropped of all.slice(0, -MAX_WAITERS)) answer(work, dropped, refusal(REPEATED_TOO_OFTEN));
  commit(lobby, { agents: [{ ...row, pending: { ...row.pending, waiting } }] }, work);
}

/** I1: it may be a repeat of a request that this lobby has forgotten; then it is refused, and true. */
function refuseLate(work: UnitOfWork, request: Request): boolean {
  const error = staleRefusal(request.askedAt, work.now, LOBBY.ackMemory);
  if (error !== null) reply(work, request, refusal(error));
  return error !== null;
}

const REPEATED_TOO_OFTEN = wireError(
  'RESOURCE_EXHAUSTED',
  'This request was asked for again too often; ask again to hear what became of it',
  { field: 'id' },
);
/** Repeats of one create that wait together; the newest count. */
const MAX_WAITERS = 8;
