import { type Epoch, MessageIdSchema, type StreamEvent, type ToKeeperMessage } from '@muster/protocol';
import { readyKeeper } from '../commands/index.ts';
import type { RoomState } from '../state.ts';
import type { ConnectionId, Member } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import {
  activeTurn,
  type ConversationRecord,
  isEnded,
  mayBegin,
  mustHold,
  remembered,
  type WaitingMessage,
} from './conversation.ts';
import { closeOpenItems } from './items.ts';
import { answerCancelled, withdrawOf } from './permissions.ts';

type Ended = Extract<StreamEvent, { type: 'turn:ended' }>;

/** To the keeper, where there is one. */
export function notifyKeeper(work: UnitOfWork, message: ToKeeperMessage): void {
  const keeper = reachableKeeper(work);
  if (keeper !== null) work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
}

/** H2: how many turns are under way. */
export function activeTurns({ conversations }: Pick<RoomState, 'conversations'>): number {
  let count = 0;
  for (const record of conversations.values()) if (activeTurn(record) !== null) count += 1;
  return count;
}

/** C16: a turn whose start the keeper on this socket was not told of. */
const awaitsKeeper = ({ keeper }: RoomState, record: ConversationRecord): boolean => {
  const turn = activeTurn(record);
  return turn?.state === 'starting' && keeper?.prompted.has(turn.turnId) === false;
};

/** Whether something is to be sent to a keeper that still has to send what it had when it came (Q5). */
export const conversationsWait = (room: RoomState): boolean =>
  room.keeper !== null &&
  room.keeper.awaits !== null &&
  [...room.conversations.values()].some((record) => mayBegin(record) || awaitsKeeper(room, record));

/** C12, C16: sends what may be sent. Called when an event has been dealt with, whatever it was. */
export function promptNext(work: UnitOfWork): void {
  const { room } = work;
  const { durable } = room;
  if (durable === null || durable.epoch === null || room.keeper === null) return;
  const due = [...room.conversations.values()].filter(
    (record) => mayBegin(record) || awaitsKeeper(room, record),
  );
  if (due.length === 0) return;
  const keeper = readyKeeper(work, durable);
  if (keeper === null) return;
  for (const record of due) sendPrompt(work, keeper, mayBegin(record) ? begin(work, record) : record);
}

/** The next message goes to the agent, as a turn of its own. */
function begin(work: UnitOfWork, record: ConversationRecord): ConversationRecord {
  const [first, ...rest] = record.queue;
  if (first === undefined) return record;
  const turnId = MessageIdSchema.parse(work.context.freshId());
  return work.conversations.put({
    ...record,
    queue: [{ ...first, sending: true }, ...rest],
    turn: {
      ...{ turnId, state: 'starting', messageId: first.messageId, startedAt: work.now, epoch: null },
      memberId: first.memberId,
    },
    activeAt: work.now,
  });
}

function sendPrompt(work: UnitOfWork, keeper: ConnectionId, record: ConversationRecord): void {
  const turn = activeTurn(record);
  const message = record.queue.find(({ messageId }) => messageId === turn?.messageId);
  if (turn === null || message === undefined) return;
  work.room.keeper?.prompted.add(turn.turnId);
  const payload = { ...promptOf(record, message), turnId: turn.turnId };
  work.afterCommit.push({
    type: 'send-to-keeper',
    keeper,
    message: { type: 'conversation:prompt', payload },
  });
}

const promptOf = (
  { conversationId }: ConversationRecord,
  { messageId, content, memberId, name }: WaitingMessage,
) => ({ conversationId, messageId, content, memberId, name });

/** C12: into the turn under way. */
export function sendSteer(work: UnitOfWork, record: ConversationRecord, message: WaitingMessage): void {
  if (message.steering === undefined) return;
  const payload = { ...promptOf(record, message), turnId: message.steering };
  notifyKeeper(work, { type: 'conversation:steer', payload });
}

/** C2, C11, C17: what the keeper needs to know of a conversation. */
export function openOrder(record: ConversationRecord): ToKeeperMessage {
  const { conversationId, facts, resume, configured } = record;
  const sessionId = facts.sessionId ?? resume;
  return {
    type: 'conversation:open',
    payload: {
      conversationId,
      ...(sessionId === null ? {} : { sessionId }),
      ...(facts.spent === undefined ? {} : { spent: facts.spent }),
      ...(Object.keys(configured).length === 0 ? {} : { configured }),
    },
  };
}

/** After the welcome: all that goes on, what ended while the keeper was away, and what was under way. */
export function resendConversations(work: UnitOfWork, keeper: ConnectionId): void {
  const send = (message: ToKeeperMessage) =>
    work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
  for (const record of work.room.conversations.values()) {
    const { conversationId } = record;
    if (isEnded(record)) {
      send({ type: 'conversation:close', payload: { conversationId } });
      continue;
    }
    send(openOrder(record));
    const turn = activeTurn(record);
    if (turn?.state === 'cancelling')
      send({ type: 'conversation:cancel', payload: { conversationId, turnId: turn.turnId } });
    for (const message of record.queue) {
      if (message.steering === undefined) continue;
      const payload = { ...promptOf(record, message), turnId: message.steering };
      send({ type: 'conversation:steer', payload });
    }
  }
}

/** C16. Its requests are answered `cancelled` first (C7). `by` null: policy. */
export function cancelTurn(
  work: UnitOfWork,
  record: ConversationRecord,
  by: Pick<Member, 'id' | 'name'> | null,
): void {
  const turn = activeTurn(record);
  if (turn === null || turn.state === 'cancelling') return;
  answerCancelled(work, record.conversationId, turn.turnId, by);
  work.conversations.put({ ...record, turn: { ...turn, state: 'cancelling' } });
  const { conversationId } = record;
  notifyKeeper(work, { type: 'conversation:cancel', payload: { conversationId, turnId: turn.turnId } });
}

/** C16: the message is with the agent; an agent may begin a turn by itself too. */
export function startTurn(
  work: UnitOfWork,
  record: ConversationRecord,
  event: Extract<StreamEvent, { type: 'turn:started' }>,
): void {
  const { turnId, messageId } = event;
  const epoch = work.room.durable?.epoch ?? null;
  const { turn: before } = record;
  if (isEnded(record) || (before?.turnId === turnId && (before.state === 'ended' || before.epoch !== null)))
    return;
  const active = activeTurn(record);
  if (active !== null && active.turnId !== turnId) return;
  work.conversations.put({
    ...record,
    queue: record.queue.filter((message) => message.messageId !== messageId),
    recent: messageId === undefined ? record.recent : remembered(record.recent, messageId),
    turn: {
      turnId,
      state: active?.state === 'cancelling' ? 'cancelling' : 'running',
      ...(messageId === undefined ? {} : { messageId }),
      ...(active?.memberId === undefined ? {} : { memberId: active.memberId }),
      startedAt: byServerClock(work, event.at),
      epoch,
    },
    activeAt: work.now,
  });
}

export const byServerClock = ({ room }: UnitOfWork, at: number): number =>
  Math.max(0, at - (room.keeper?.ahead ?? 0));

/**
 * C16: once per turn. A message that never reached the agent waits on, and nothing is sent before somebody does something;
 * one that was cancelled before it did is gone.
 */
export function endTurn(
  work: UnitOfWork,
  record: ConversationRecord,
  { outcome, stopReason, error, at }: Omit<Ended, 'type' | 'conversationId' | 'turnId'>,
): void {
  const turn = activeTurn(record);
  if (turn === null) return;
  const keeps = turn.epoch === null && (outcome === 'failed' || outcome === 'interrupted');
  const queue = record.queue.flatMap((message): WaitingMessage[] => {
    const { steering, ...rest } = message;
    if (message.messageId === turn.messageId) return keeps ? [{ ...rest, sending: false }] : [];
    return [steering === turn.turnId ? { ...rest, sending: false } : message];
  });
  const { messageId } = turn;
  work.conversations.put({
    ...record,
    queue,
    held: keeps || mustHold(record),
    recent: messageId === undefined || keeps ? record.recent : remembered(record.recent, messageId),
    turn: {
      ...turn,
      state: 'ended',
      endedAt: byServerClock(work, at),
      outcome,
      ...(stopReason === undefined ? {} : { stopReason }),
      ...(error === undefined ? {} : { error }),
    },
    activeAt: work.now,
  });
  withdrawOf(work, record.conversationId, 'Its turn has ended', turn.turnId);
}

/** C11: the keeper numbers anew: no end will come of turns that it began before, nor of what was said in them. */
export function interruptLostTurns(work: UnitOfWork, epoch: Epoch): void {
  for (const record of [...work.room.conversations.values()]) {
    const turn = activeTurn(record);
    if (turn === null || turn.epoch === null || turn.epoch === epoch) continue;
    const closed = { ...record, items: closeOpenItems(work, record) };
    endTurn(work, closed, { outcome: 'interrupted', at: work.now + (work.room.keeper?.ahead ?? 0) });
  }
}
