import {
  type AgentRequest,
  agentOfId,
  type ConversationId,
  type Decider,
  type Decision,
  LIMITS,
  type PermissionId,
  type RequestState,
  type Resolution,
} from '@muster/protocol';
import { earliestOf } from '../../../socket/deadlines.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { ConnectionId, Effect, Member } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { isEnded } from './conversation.ts';
import { isPending, type PermissionRecord, resolvedBy } from './permission.ts';
import { knowsConversations } from './readers.ts';

/** C7: those that wait for people, of one conversation or of all. */
export const pendingOf = (
  { permissions }: Pick<RoomState, 'permissions'>,
  conversationId?: ConversationId,
): PermissionRecord[] =>
  [...permissions.values()]
    .filter(
      (record) =>
        isPending(record) &&
        (conversationId === undefined || record.request.conversationId === conversationId),
    )
    .sort((left, right) => left.request.requestedAt - right.request.requestedAt);

export const pendingCount = ({ permissions }: Pick<RoomState, 'permissions'>): number => {
  let count = 0;
  for (const record of permissions.values()) if (isPending(record)) count += 1;
  return count;
};

/** C3: to every viewer that knows conversations. */
export function sendToChats(work: UnitOfWork, message: Extract<Effect, { type: 'send' }>['message']): void {
  for (const [to, viewer] of work.room.viewers)
    if (knowsConversations(viewer)) work.afterCommit.push({ type: 'send', to, message });
}

/** C7: why a request is not put to people: its ids are of another agent, or there are too many. */
function isRefused(work: UnitOfWork, { permissionId, conversationId }: AgentRequest, chars: number): boolean {
  const { conversations, durable } = work.room;
  if (agentOfId(permissionId) !== durable?.placement.spec.agentId) return true;
  const conversation = conversationId === undefined ? null : conversations.get(conversationId);
  if (conversation === undefined || (conversation !== null && isEnded(conversation))) return true;
  const pending = pendingOf(work.room);
  const held = pending.reduce((sum, record) => sum + record.chars, chars);
  return pending.length >= LIMITS.openRequests || held > ROOM_LIMITS.openRequestChars;
}

/** C7: the agent asks. A repeat changes nothing; where nobody can be asked, it is cancelled. */
export function openRequest(work: UnitOfWork, request: AgentRequest): void {
  const { room, now } = work;
  const { permissionId, conversationId, expiresAt } = request;
  if (room.permissions.has(permissionId) || room.durable === null) return;
  const chars = JSON.stringify(request).length;
  if (isRefused(work, request, chars)) return sendDecision(work, permissionId, { type: 'cancelled' });
  const ahead = room.keeper?.ahead ?? 0;
  work.conversations.putRequest({
    request,
    resolution: { state: 'pending', at: now },
    dueAt: expiresAt === undefined ? null : expiresAt - ahead,
    delivered: false,
    chars,
  });
  const conversation = conversationId === undefined ? undefined : room.conversations.get(conversationId);
  if (conversation !== undefined) work.conversations.put({ ...conversation, activeAt: now });
  const { agentId } = room.durable.placement.spec;
  const payload = { ...conversationIn(request), agentId, permissionId, request };
  sendToChats(work, { type: 'permission:request', payload });
}

/** C13b: a program in a terminal asks in no conversation. */
export const conversationIn = ({ conversationId }: AgentRequest) =>
  conversationId === undefined ? {} : { conversationId };

/** What became of it is stored and told. */
function resolve(
  work: UnitOfWork,
  record: PermissionRecord,
  resolution: Resolution,
  delivered: boolean,
): void {
  const { durable } = work.room;
  if (durable === null) return;
  const { permissionId } = record.request;
  work.conversations.putRequest({ ...record, resolution, delivered, dueAt: null });
  const { agentId } = durable.placement.spec;
  sendToChats(work, {
    type: 'permission:resolved',
    payload: { ...conversationIn(record.request), agentId, permissionId, resolution },
  });
  pruneRequests(work);
}

/** Those that are over and that nobody needs any more. */
function pruneRequests(work: UnitOfWork): void {
  const over = [...work.room.permissions.values()].filter(
    ({ resolution, delivered }) => resolution.state !== 'pending' && delivered,
  );
  over.sort((left, right) => right.resolution.at - left.resolution.at);
  let left: number = ROOM_LIMITS.keptRequestChars;
  for (const [at, { request, chars }] of over.entries()) {
    left -= chars;
    if (at >= ROOM_LIMITS.keptRequests || left < 0) work.conversations.dropRequest(request.permissionId);
  }
}

function sendDecision(work: UnitOfWork, permissionId: PermissionId, decision: Decision): void {
  const keeper = reachableKeeper(work);
  const message = { type: 'request:decide' as const, payload: { permissionId, decision } };
  if (keeper !== null) work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
}

/** C3: the one decision there is. A keeper that is away gets it when it comes back. */
export function decide(
  work: UnitOfWork,
  record: PermissionRecord,
  decision: Decision,
  decider: Decider,
  state: RequestState = 'decided',
): void {
  resolve(work, record, { state, decision, decider, at: work.now }, false);
  sendDecision(work, record.request.permissionId, decision);
}

/** C7: the keeper's word on a request. */
export function handleRequestChange(work: UnitOfWork, permissionId: PermissionId, told: Resolution): void {
  const record = work.room.permissions.get(permissionId);
  if (record === undefined) return;
  const delivered = record.delivered || told.state !== 'decided';
  const resolution = resolvedBy(record.resolution, told, work.now);
  if (resolution !== null) return resolve(work, record, resolution, delivered || isPending(record));
  if (delivered !== record.delivered) work.conversations.putRequest({ ...record, delivered });
}

/** Withdraws what still waits of a conversation; of one turn where that is named. */
export function withdrawOf(
  work: UnitOfWork,
  conversationId: ConversationId,
  reason: string,
  turnId?: string,
): void {
  for (const record of pendingOf(work.room, conversationId))
    if (turnId === undefined || record.request.turnId === turnId)
      resolve(work, record, { state: 'withdrawn', reason, at: work.now }, true);
}

/** C7: a turn is being cancelled: each request of it is answered so. */
export function answerCancelled(
  work: UnitOfWork,
  conversationId: ConversationId,
  turnId: string,
  by: Pick<Member, 'id' | 'name'> | null,
): void {
  const decider: Decider = by === null ? { by: 'timeout' } : { by: 'cancel', memberId: by.id, name: by.name };
  for (const record of pendingOf(work.room, conversationId))
    if (record.request.turnId === turnId) decide(work, record, { type: 'cancelled' }, decider);
}

/** C7: of the requests that the room has, these are really open at the keeper; answers it does not have are sent again. */
export function reconcileRequests(
  work: UnitOfWork,
  keeper: ConnectionId,
  open: readonly PermissionId[],
): void {
  const known = new Set<string>(open);
  for (const record of [...work.room.permissions.values()]) {
    const { permissionId } = record.request;
    const { decision } = record.resolution;
    if (known.has(permissionId)) {
      if (record.delivered || decision === undefined) continue;
      const message = { type: 'request:decide' as const, payload: { permissionId, decision } };
      work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
    } else if (isPending(record))
      resolve(work, record, { state: 'withdrawn', reason: GONE, at: work.now }, true);
    // Its delivery may still be on its way in the stream.
    else if (!record.delivered) work.conversations.putRequest({ ...record, delivered: true });
  }
}

const GONE = 'Its agent does not ask any more';

/** H2: when policy next decides; null: never. */
export const permissionsDeadline = ({ permissions }: Pick<RoomState, 'permissions'>): number | null =>
  earliestOf(permissions.values(), (record) => (isPending(record) ? record.dueAt : null));
