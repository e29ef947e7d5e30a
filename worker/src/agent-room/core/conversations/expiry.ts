import { earliest, earliestOf } from '../../../socket/deadlines.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { activeTurn, type ConversationRecord, isEnded } from './conversation.ts';
import { endConversation } from './ending.ts';
import { isPending, type PermissionRecord } from './permission.ts';
import { decide, permissionsDeadline } from './permissions.ts';
import { cancelTurn } from './turns.ts';

/** C2: when it is closed by itself; null: something of it is open. */
function idleAt(record: ConversationRecord): number | null {
  if (isEnded(record) || activeTurn(record) !== null || record.queue.length > 0) return null;
  return record.activeAt + ROOM_LIMITS.conversationIdle;
}

/** H2: null: nothing is due. */
export function conversationsDeadline(room: RoomState): number | null {
  if (room.conversations.size === 0) return permissionsDeadline(room);
  const asks = asking(room);
  return earliest([
    permissionsDeadline(room),
    earliestOf(room.conversations.values(), (record) =>
      asks.has(record.conversationId) ? null : idleAt(record),
    ),
  ]);
}

const asking = ({ permissions }: RoomState): ReadonlySet<string | undefined> =>
  new Set([...permissions.values()].filter(isPending).map(({ request }) => request.conversationId));

/** Called by the alarm. */
export function expireConversations(work: UnitOfWork): void {
  const { room, now } = work;
  for (const record of [...room.permissions.values()])
    if (isPending(record) && record.dueAt !== null && record.dueAt <= now) expire(work, record);
  const asks = asking(room);
  for (const record of [...room.conversations.values()]) {
    const at = asks.has(record.conversationId) ? null : idleAt(record);
    if (at !== null && at <= now) endConversation(work, record, 'Nothing happened in it for 24 hours');
  }
}

/** C3, C7: the first option that rejects once, as the agent offered them; where there is none its turn is cancelled. */
function expire(work: UnitOfWork, record: PermissionRecord): void {
  const { request } = record;
  const decider = { by: 'timeout' as const };
  if (request.kind === 'elicitation')
    return decide(work, record, { type: 'form', action: 'cancel' }, decider, 'expired');
  // C13b: its program asks in its terminal then.
  if (request.conversationId === undefined)
    return decide(work, record, { type: 'cancelled' }, decider, 'expired');
  const reject = request.options.find(({ kind }) => kind === 'reject_once');
  if (reject !== undefined)
    return decide(work, record, { type: 'option', optionId: reject.optionId }, decider, 'expired');
  decide(work, record, { type: 'cancelled' }, decider, 'expired');
  const conversation = work.room.conversations.get(request.conversationId);
  if (conversation !== undefined && activeTurn(conversation)?.turnId === request.turnId)
    cancelTurn(work, conversation, null);
}
