import {
  ConversationIdSchema,
  conversationIdOf,
  LIMITS,
  type ToKeeperMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage } from '../../../audit/entry.ts';
import { recordAudit } from '../audit/index.ts';
import { answerOnce, type Outcome, sendOrder } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable, Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type AnswerMessage, answer } from './answers.ts';
import { changeQueued, chat, ENDED } from './chat.ts';
import { type ConversationRecord, isEnded } from './conversation.ts';
import { endConversation } from './ending.ts';
import { joinConversation, leaveConversation, sendTyping } from './join.ts';
import { cancelTurn, notifyKeeper, openOrder } from './turns.ts';

export type ConversationMessage =
  | Extract<ViewerMessage, { type: `conversation:${string}` | `chat:${string}` | 'typing' }>
  | AnswerMessage;
type About = Exclude<ConversationMessage, AnswerMessage | { type: 'conversation:create' }>;
type Reading = Extract<About, { type: 'conversation:join' | 'conversation:leave' | 'typing' }>;
type Ordering = Extract<About, { type: 'conversation:configure' | 'conversation:sign-in' }>;
type Acting = Exclude<ConversationMessage, Reading | Ordering>;

const refused = (error: WireError): Outcome => ({ type: 'refused', error });
const done: Outcome = { type: 'done' };

const NO_CONVERSATION = wireError('CONVERSATION_NOT_FOUND', 'There is no such conversation', {
  field: 'conversationId',
});

export function handleConversationMessage(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: ConversationMessage,
  id: string | undefined,
): Outcome {
  switch (message.type) {
    case 'conversation:join':
    case 'conversation:leave':
    case 'typing': {
      const record = work.room.conversations.get(message.payload.conversationId);
      return record === undefined ? refused(NO_CONVERSATION) : read(work, durable, viewer, record, message);
    }
    case 'conversation:configure':
    case 'conversation:sign-in': {
      const record = work.room.conversations.get(message.payload.conversationId);
      return record === undefined ? refused(NO_CONVERSATION) : order(work, viewer, record, message, id);
    }
    default:
      return answerOnce(work, viewer, message, id, () => actAudited(work, durable, viewer, message));
  }
}

function read(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  record: ConversationRecord,
  message: Reading,
): Outcome {
  if (message.type === 'conversation:join')
    return joinConversation(work, durable, viewer, record, message.payload);
  if (message.type === 'typing') return sendTyping(work, durable, viewer, message.payload);
  return leaveConversation(work, viewer, record.conversationId);
}

/** C17, C5: what the keeper answers. A choice is kept, and set again with each session. */
function order(
  work: UnitOfWork,
  viewer: Viewer,
  record: ConversationRecord,
  message: Ordering,
  id: string | undefined,
): Outcome {
  if (isEnded(record)) return refused(ENDED);
  const outcome = sendOrder(work, viewer, message, id, (requestId) => orderOf(message, requestId));
  if (outcome.type !== 'pending' || message.type !== 'conversation:configure') return outcome;
  const { configId, value } = message.payload;
  const configured = { ...record.configured, [configId]: value };
  if (Object.keys(configured).length <= LIMITS.recordEntries)
    work.conversations.put({ ...record, configured, activeAt: work.now });
  return outcome;
}

const orderOf = (message: Ordering, requestId: string): ToKeeperMessage =>
  message.type === 'conversation:configure'
    ? { type: message.type, payload: { ...message.payload, requestId } }
    : { type: message.type, payload: { ...message.payload, requestId } };

/** X8: recorded in the transaction of its effect; what makes a conversation, with its id. */
function actAudited(work: UnitOfWork, durable: Durable, viewer: Viewer, message: Acting): Outcome {
  const outcome = act(work, durable, viewer, message);
  if (outcome.type !== 'done') return outcome;
  const audit = draftOfMessage(viewer.member, message, durable.placement.spec);
  const made = ConversationIdSchema.safeParse(outcome.result?.['conversationId']).data;
  recordAudit(work, audit === null ? null : { ...audit, target: audit.target ?? made ?? null }, undefined);
  return outcome;
}

function act(work: UnitOfWork, durable: Durable, viewer: Viewer, message: Acting): Outcome {
  if (message.type === 'conversation:create') return create(work, durable, viewer.member, message.payload);
  if (message.type === 'permission:respond' || message.type === 'elicitation:respond')
    return answer(work, durable, viewer, message);
  const record = work.room.conversations.get(message.payload.conversationId);
  if (record === undefined) return refused(NO_CONVERSATION);
  switch (message.type) {
    case 'conversation:cancel':
      cancelTurn(work, record, viewer.member);
      return done;
    case 'conversation:rename':
      work.conversations.put({ ...record, title: message.payload.title });
      return done;
    case 'conversation:close':
      endConversation(work, record, null);
      return done;
    case 'chat:message':
      return chat(work, record, viewer.member, message.payload);
    case 'chat:edit':
    case 'chat:withdraw':
    case 'chat:move':
      return changeQueued(work, record, message);
  }
}

type Create = Extract<ViewerMessage, { type: 'conversation:create' }>['payload'];

function create(work: UnitOfWork, durable: Durable, { id }: Member, { title, resume }: Create): Outcome {
  const { kind, agentId } = durable.placement.spec;
  if (kind !== 'acp')
    return refused(wireError('INVALID_STATE', 'This agent has no conversations: its kind is not acp'));
  if (!makeRoom(work))
    return refused(
      wireError(
        'RESOURCE_EXHAUSTED',
        `An agent has at most ${LIMITS.conversationsPerAgent} conversations. Close one first.`,
      ),
    );
  const random = work.context.freshId().replaceAll('-', '').slice(0, 16);
  const record = work.conversations.put({
    conversationId: conversationIdOf(agentId, random),
    title: title ?? null,
    createdBy: id,
    createdAt: work.now,
    activeAt: work.now,
    endedAt: null,
    endReason: null,
    resume: resume ?? null,
    facts: {},
    configured: {},
    queue: [],
    held: false,
    turn: null,
    recent: [],
    items: { revision: 0, oldest: 0, next: 0, chars: 0 },
    asOf: null,
  });
  notifyKeeper(work, openOrder(record));
  return { type: 'done', result: { conversationId: record.conversationId } };
}

/** C15: a new one takes the place of the oldest that ended. */
function makeRoom(work: UnitOfWork): boolean {
  const { conversations, permissions } = work.room;
  if (conversations.size < LIMITS.conversationsPerAgent) return true;
  const ended = [...conversations.values()].filter(isEnded);
  const [oldest] = ended.sort((left, right) => (left.endedAt ?? 0) - (right.endedAt ?? 0));
  if (oldest === undefined) return false;
  for (const { request } of [...permissions.values()])
    if (request.conversationId === oldest.conversationId)
      work.conversations.dropRequest(request.permissionId);
  work.conversations.drop(oldest.conversationId);
  work.files.dropOf(oldest.conversationId);
  return true;
}
