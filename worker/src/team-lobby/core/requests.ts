import {
  type Ack,
  type AgentSpec,
  type ServerMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type AuditDraft, completeEntry } from '../../audit/entry.ts';
import { fingerprintOf } from '../../socket/fingerprint.ts';
import { staleRequestRefusal } from '../../socket/stale-request.ts';
import { LOBBY } from './limits.ts';
import { commit } from './state.ts';
import type { AckRow, Context, Lobby, Requester, RequestKey, Waiter } from './types.ts';

type Answer = Omit<Ack, 'messageId'>;

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
export function answer(context: Context, { connection, messageId }: Waiter, reply: Answer): void {
  const send = (message: ServerMessage) =>
    context.out.push({
      type: 'send',
      to: connection,
      message,
      ...(messageId === undefined ? {} : { correlationId: messageId }),
    });
  if (reply.error !== undefined) send({ type: 'error', payload: reply.error });
  if (messageId !== undefined) send({ type: 'ack', payload: { ...reply, messageId } });
}

export const refusal = (error: WireError): Answer => ({ success: false, error });

/** Answers a request that is not remembered. */
export function reply(context: Context, { by, id }: Request, result: Answer): void {
  answer(context, { connection: by.connection, messageId: id }, result);
}

/** X8: what became of a request, in the transaction that made it so. `spec`: the agent that it was about. */
export function auditResult(
  context: Context,
  audit: AuditDraft | null,
  { error }: Answer,
  spec?: Pick<AgentSpec, 'agentId' | 'agentUid'>,
): void {
  if (audit === null) return;
  const about = spec === undefined ? {} : { agentId: spec.agentId, agentUid: spec.agentUid };
  context.out.push({ type: 'audit', entry: completeEntry({ ...audit, ...about }, error, context.now) });
}

/** Refuses a request that changed nothing: it is not remembered (I1), and counted with others (X8a). */
export function refuse(context: Context, request: Request, error: WireError): void {
  const { audit } = request;
  if (audit !== null)
    context.out.push({ type: 'audit-refusal', entry: completeEntry(audit, error, context.now) });
  reply(context, request, refusal(error));
}

/**
 * I1: refuses a request to change an agent that does not exist, and remembers that. A copy of the request may come
 * after somebody made another agent of that name, and must not change that one.
 */
export function refuseForGood(lobby: Lobby, context: Context, request: Request, error: WireError): void {
  rememberAck(lobby, context, requestKey(request), refusal(error));
  refuse(context, request, error);
}

/** I1: remembers what was answered, in the transaction that made it true. */
export function rememberAck(lobby: Lobby, context: Context, key: RequestKey | null, ack: Answer): void {
  if (key === null) return;
  const dropAcks: string[] = [];
  let room = LOBBY.acks - lobby.acks.size;
  for (const old of lobby.acks.values()) {
    if (old.until > context.now && room > 0) break;
    dropAcks.push(old.key);
    room += 1;
  }
  const row: AckRow = { ...key, ack, until: context.now + LOBBY.ackMemory };
  commit(lobby, { dropAcks, acks: [row] }, context);
}

/**
 * I1: deals with a request that was made before: its first ack again, or, with another payload,
 * INVALID_MESSAGE; while its create is under way it waits for that one; one that may be forgotten is refused. True when
 * it was one.
 */
export function answerRepeat(lobby: Lobby, context: Context, request: Request): boolean {
  const key = requestKey(request);
  if (key === null) return false;
  const known = lobby.acks.get(key.key);
  if (known !== undefined && known.until > context.now) {
    reply(context, request, known.fingerprint === key.fingerprint ? known.ack : refusal(OTHER_PAYLOAD));
    return true;
  }
  const row = [...lobby.agents.values()].find(({ pending }) => pending?.request?.key === key.key);
  if (row === undefined || row.pending === null || request.id === undefined)
    return refuseLate(context, request);
  if (row.pending.request?.fingerprint !== key.fingerprint) {
    reply(context, request, refusal(OTHER_PAYLOAD));
    return true;
  }
  const waiter = { connection: request.by.connection, messageId: request.id };
  const all = [...row.pending.waiting, waiter];
  const waiting = all.slice(-MAX_WAITERS);
  for (const dropped of all.slice(0, -MAX_WAITERS)) answer(context, dropped, refusal(REPEATED_TOO_OFTEN));
  commit(lobby, { agents: [{ ...row, pending: { ...row.pending, waiting } }] }, context);
  return true;
}

/** I1: it may be a repeat of a request that this lobby has forgotten; then it is refused, and true. */
function refuseLate(context: Context, request: Request): boolean {
  const error = staleRequestRefusal(request.askedAt, context.now, LOBBY.ackMemory);
  if (error !== null) reply(context, request, refusal(error));
  return error !== null;
}

const OTHER_PAYLOAD = wireError('INVALID_MESSAGE', 'This id was used for another request', { field: 'id' });
const REPEATED_TOO_OFTEN = wireError(
  'RESOURCE_EXHAUSTED',
  'This request was asked for again too often; ask again to hear what became of it',
  { field: 'id' },
);
/** Repeats of one create that wait together; the newest count. */
const MAX_WAITERS = 8;
