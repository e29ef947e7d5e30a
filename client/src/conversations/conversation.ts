import { type ConversationId, type ConversationState, LIMITS, type RequestCard } from '@muster/protocol';
import { meet } from './epochs.ts';
import { handleJoined, handlePage, handleRow, handleUpdate } from './items.ts';
import { handleOutbox, settle } from './outbox.ts';
import type { Change, Conversation, ConversationContext, ConversationEvent } from './types.ts';

/** ms after which nobody types who has not said so again. */
export const TYPING_MS = 10_000;
/** Requests that are kept with what became of them; the oldest go first. */
const MOST_CARDS = 200;

export const newConversation = (conversationId: ConversationId): Conversation => ({
  conversationId,
  state: null,
  isJoining: false,
  isLoaded: false,
  entries: new Map(),
  order: null,
  from: null,
  isAtOldest: false,
  synced: null,
  newest: 0,
  epochs: [],
  cards: new Map(),
  writers: new Map(),
  outbox: new Map(),
});

/** Takes one thing that was heard or done; what comes out is to be drawn again. */
export function handleConversation(
  conversation: Conversation,
  event: ConversationEvent,
  { now }: ConversationContext,
): readonly Change[] {
  switch (event.type) {
    case 'join':
      conversation.isJoining = true;
      return [];
    case 'joined':
      return [...handleJoined(conversation, event.oldest), ...settle(conversation)];
    case 'left':
      conversation.isJoining = false;
      return clearWriters(conversation);
    case 'state':
      return handleState(conversation, event.state);
    case 'row':
      return [...handleRow(conversation, event.row), ...settle(conversation)];
    case 'update':
      return withSettled(conversation, handleUpdate(conversation, event.update, event.position));
    case 'page':
      return handlePage(conversation, event.rows);
    case 'asked':
    case 'resolved':
      return handleRequest(conversation, event);
    case 'typing':
    case 'tick':
      return handleTyping(conversation, event, now);
    default:
      return handleOutbox(conversation, event);
  }
}

/** A text that grows shows no message of ours. */
const withSettled = (conversation: Conversation, changes: readonly Change[]): readonly Change[] =>
  changes.some(({ type }) => type === 'order') ? [...changes, ...settle(conversation)] : changes;

/** R1. */
function handleState(conversation: Conversation, state: ConversationState): readonly Change[] {
  const held = conversation.state;
  if (state.asOf !== null) meet(conversation.epochs, state.asOf.epoch);
  if (held !== null && state.revision < held.revision) return [];
  if (held !== null && state.revision === held.revision && !conversation.isJoining) return [];
  conversation.state = state;
  takePending(conversation, state.pending);
  // The room shows what it took in the state behind its ack, wherever else the message went since.
  for (const [messageId, { state: at }] of conversation.outbox)
    if (at === 'taken') conversation.outbox.delete(messageId);
  settle(conversation);
  return [{ type: 'state' }, { type: 'requests' }, { type: 'outbox' }];
}

/** The room's word on what waits: others that are pending here were resolved unheard. */
function takePending({ cards }: Conversation, pending: readonly RequestCard[]): void {
  const waiting = new Set(pending.map(({ request }) => request.permissionId));
  for (const [permissionId, { resolution }] of cards)
    if (resolution.state === 'pending' && !waiting.has(permissionId)) cards.delete(permissionId);
  for (const card of pending) cards.set(card.request.permissionId, card);
  trimCards(cards);
}

function trimCards(cards: Conversation['cards']): void {
  for (const [permissionId, { resolution }] of cards) {
    if (cards.size <= MOST_CARDS) return;
    if (resolution.state !== 'pending' || cards.size > MOST_CARDS + LIMITS.openRequests)
      cards.delete(permissionId);
  }
}

function handleRequest(
  conversation: Conversation,
  event: Extract<ConversationEvent, { type: 'asked' | 'resolved' }>,
): readonly Change[] {
  const { cards, state } = conversation;
  if (event.type === 'asked') {
    const { request } = event;
    if (state === null || cards.has(request.permissionId)) return [];
    const { agentId } = state;
    const resolution = { state: 'pending', at: request.requestedAt } as const;
    cards.set(request.permissionId, { agentId, request, resolution });
    trimCards(cards);
    return [{ type: 'requests' }];
  }
  const card = cards.get(event.permissionId);
  if (card === undefined) return [];
  cards.set(event.permissionId, { ...card, resolution: event.resolution });
  return [{ type: 'requests' }];
}

function handleTyping(
  { writers }: Conversation,
  event: Extract<ConversationEvent, { type: 'typing' | 'tick' }>,
  now: number,
): readonly Change[] {
  const before = writers.size;
  for (const [memberId, { until }] of writers) if (now >= until) writers.delete(memberId);
  if (event.type === 'tick') return writers.size === before ? [] : [{ type: 'writers' }];
  const { memberId, name, typing } = event;
  writers.delete(memberId);
  if (typing && writers.size < LIMITS.watchersListed)
    writers.set(memberId, { memberId, name, until: now + TYPING_MS });
  return [{ type: 'writers' }];
}

function clearWriters({ writers }: Conversation): readonly Change[] {
  if (writers.size === 0) return [];
  writers.clear();
  return [{ type: 'writers' }];
}
