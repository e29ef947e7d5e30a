import {
  LIMITS,
  MessageIdSchema,
  promptOf,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { attachFiles, releaseFiles, useFiles } from '../files/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Outcome } from '../requests/index.ts';
import type { Member } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import {
  activeTurn,
  type ConversationRecord,
  charsOf,
  isEnded,
  type WaitingMessage,
} from './conversation.ts';
import { cancelTurn, sendSteer } from './turns.ts';

type Chat = Extract<ViewerMessage, { type: 'chat:message' }>['payload'];
type Change = Extract<ViewerMessage, { type: 'chat:edit' | 'chat:withdraw' | 'chat:move' }>;

const refused = (error: WireError): Outcome => ({ type: 'refused', error });

/** From 1; 0: it does not wait, or not any more. */
const positionOf = (queue: readonly WaitingMessage[], messageId: string): number =>
  queue.filter(({ sending }) => !sending).findIndex((message) => message.messageId === messageId) + 1;

const queued = ({ queue }: ConversationRecord, messageId: string): Outcome => ({
  type: 'done',
  result: { messageId, position: positionOf(queue, messageId) },
});

const isKnown = ({ queue, recent }: ConversationRecord, messageId: string): boolean =>
  recent.some((known) => known === messageId) || queue.some((message) => message.messageId === messageId);

export const ENDED = wireError('INVALID_STATE', 'This conversation has ended. Begin another one.', {
  field: 'conversationId',
});

/** C12: why no further message waits here; null: one may. An empty queue takes any. */
function queueRefusal(queue: readonly WaitingMessage[], message: WaitingMessage): WireError | null {
  if (queue.length >= LIMITS.queuedMessages)
    return wireError('QUEUE_FULL', `At most ${LIMITS.queuedMessages} messages wait in a conversation`);
  const isLong = queue.length > 0 && charsOf([...queue, message]) > ROOM_LIMITS.queuedChars;
  return isLong
    ? wireError('QUEUE_FULL', 'The messages that wait are too long together. Let some be sent first.')
    : null;
}

/** Before all that wait; what is being sent stays where it is. */
function placed(
  queue: readonly WaitingMessage[],
  message: WaitingMessage,
  position: number,
): WaitingMessage[] {
  const sending = queue.filter((one) => one.sending);
  const waiting = queue.filter((one) => !one.sending);
  return [...sending, ...waiting.toSpliced(position - 1, 0, message)];
}

/** C12, I1: a message that is known by its id changes nothing. */
export function chat(
  work: UnitOfWork,
  record: ConversationRecord,
  { id: memberId, name }: Member,
  { messageId: asked, content, when = 'queue' }: Chat,
): Outcome {
  if (asked !== undefined && isKnown(record, asked)) return queued(record, asked);
  if (isEnded(record)) return refused(ENDED);
  const attached = attachFiles(work.room, record.conversationId, promptOf(content));
  if (!attached.ok) return refused(attached.error);
  const messageId = asked ?? MessageIdSchema.parse(work.context.freshId());
  const message = { messageId, memberId, name, content: attached.value, at: work.now, sending: false };
  const refusal = queueRefusal(record.queue, message);
  if (refusal !== null) return refused(refusal);
  useFiles(work, message.content);
  const turn = activeTurn(record);
  const awake = { ...record, held: false, activeAt: work.now };
  const steers = when === 'steer' && turn?.state === 'running' && reachableKeeper(work) !== null;
  if (steers && record.facts.info?.steering === true) {
    const steering = { ...message, sending: true, steering: turn.turnId };
    const sent = work.conversations.put({ ...awake, queue: [steering, ...record.queue] });
    sendSteer(work, sent, steering);
    return queued(sent, messageId);
  }
  const position = when === 'interrupt' ? 1 : record.queue.length + 1;
  const put = work.conversations.put({ ...awake, queue: placed(record.queue, message, position) });
  if (when === 'interrupt') cancelTurn(work, put, { id: memberId, name });
  return queued(work.room.conversations.get(record.conversationId) ?? put, messageId);
}

/** C9: said with an answer: before all that wait. */
export function enqueueNext(
  work: UnitOfWork,
  record: ConversationRecord,
  { id: memberId, name }: Member,
  text: string,
): WireError | null {
  const messageId = MessageIdSchema.parse(work.context.freshId());
  const content = promptOf(text);
  const message = { messageId, memberId, name, content, at: work.now, sending: false };
  const refusal = queueRefusal(record.queue, message);
  if (refusal !== null) return refusal;
  work.conversations.put({ ...record, held: false, queue: placed(record.queue, message, 1) });
  return null;
}

/** C12: until it is sent. */
export function changeQueued(
  work: UnitOfWork,
  record: ConversationRecord,
  { type, payload }: Change,
): Outcome {
  const { messageId } = payload;
  const found = record.queue.find((message) => message.messageId === messageId);
  if (found === undefined || found.sending)
    return refused(
      wireError('INVALID_STATE', 'This message does not wait any more: it was sent or withdrawn', {
        field: 'messageId',
      }),
    );
  const others = record.queue.filter((message) => message.messageId !== messageId);
  if (type === 'chat:withdraw') {
    releaseFiles(work, found.content);
    work.conversations.put({ ...record, queue: others });
    return { type: 'done', result: { messageId } };
  }
  if (type === 'chat:move') {
    const put = work.conversations.put({ ...record, queue: placed(others, found, payload.position) });
    return queued(put, messageId);
  }
  const attached = attachFiles(work.room, record.conversationId, promptOf(payload.content));
  if (!attached.ok) return refused(attached.error);
  const edited = { ...found, content: attached.value };
  const refusal = queueRefusal(others, edited);
  if (refusal !== null) return refused(refusal);
  useFiles(work, edited.content);
  const queue = record.queue.map((message) => (message === found ? edited : message));
  return queued(work.conversations.put({ ...record, queue, held: false }), messageId);
}
