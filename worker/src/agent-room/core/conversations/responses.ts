import {
  type AgentId,
  type BatchHeader,
  type ConversationId,
  decodeUpdate,
  framesOf,
  type Item,
  LIMITS,
  type ServerMessage,
} from '@muster/protocol';
import type { RoomState } from '../state.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { ItemRow } from './item-row.ts';
import { isPlainReader } from './readers.ts';

/** Items in whose text a room takes interest at once; the oldest is looked up again. */
const GROWING_ITEMS = 256;

const keyOf = (conversationId: string, itemId: string): string => `${conversationId} ${itemId}`;

/**
 * 001, C14a: what a batch of live updates adds to the agent's texts, one message for each stretch. A compressed
 * batch is not opened here: what it says is in the message that tells all of the text.
 */
export function respondPartially(work: UnitOfWork, header: BatchHeader, bytes: Uint8Array): void {
  const { room } = work;
  const { conversationId } = room.conversations.get(header.command) ?? {};
  if (conversationId === undefined || room.durable === null || header.gzip) return;
  const readers = [...room.viewers.values()].filter((viewer) => isPlainReader(viewer, conversationId));
  if (readers.length === 0) return;
  const { agentId } = room.durable.placement.spec;
  for (const { itemId, offset, text } of stretchesIn(work, conversationId, header, bytes)) {
    const said = { messageId: itemId, status: 'partial' as const, offset, content: text };
    const message = { type: 'agent:response' as const, payload: { conversationId, agentId, ...said } };
    for (const { connection } of readers) work.beforeCommit.push({ type: 'send', to: connection, message });
  }
}

interface Stretch {
  readonly itemId: string;
  readonly offset: number;
  readonly text: string;
}

function stretchesIn(
  work: UnitOfWork,
  conversationId: ConversationId,
  header: BatchHeader,
  bytes: Uint8Array,
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { data } of framesOf(bytes, { ...header, offset: 0 })) {
    const said = textIn(work, conversationId, data);
    if (said === null || said.text === '') continue;
    const last = stretches.at(-1);
    if (last?.itemId === said.itemId && last.offset + last.text.length === said.offset)
      stretches.splice(-1, 1, { ...last, text: last.text + said.text });
    else stretches.push(said);
  }
  return stretches;
}

/** null: it says nothing of a text of the agent's. */
function textIn(work: UnitOfWork, conversationId: ConversationId, data: Uint8Array): Stretch | null {
  const update = decodeUpdate(data);
  if (update === null) return null;
  if (update.type === 'text') {
    const { itemId, offset, text } = update;
    return isAgents(work, conversationId, itemId) ? { itemId, offset, text } : null;
  }
  const { item } = update;
  note(work.room, keyOf(conversationId, item.itemId), item.kind === 'agent');
  return item.kind === 'agent' ? { itemId: item.itemId, offset: 0, text: item.text } : null;
}

function isAgents(
  { room, conversations }: UnitOfWork,
  conversationId: ConversationId,
  itemId: string,
): boolean {
  const key = keyOf(conversationId, itemId);
  const known = room.growing.get(key);
  if (known !== undefined) return known;
  const isAgent = conversations.item(conversationId, itemId)?.item.kind === 'agent';
  note(room, key, isAgent);
  return isAgent;
}

function note({ growing }: RoomState, key: string, isAgent: boolean): void {
  growing.delete(key);
  growing.set(key, isAgent);
  const [oldest] = growing.keys();
  if (growing.size > GROWING_ITEMS && oldest !== undefined) growing.delete(oldest);
}

/** 001, C14a: what a stored item says to readers that follow no stream; null: nothing. */
export function responseOf(agentId: AgentId, { conversationId, item }: ItemRow): ServerMessage | null {
  const of = { conversationId, agentId, messageId: item.itemId };
  if (item.kind === 'agent' && item.endedAt !== undefined)
    return {
      type: 'agent:response',
      payload: { ...of, status: 'complete', offset: 0, content: item.text },
    };
  const progress = progressOf(item);
  return progress === null ? null : { type: 'agent:progress', payload: { ...of, ...progress } };
}

function progressOf(item: Item) {
  if (item.kind === 'tool') return { title: item.title, status: item.status, toolKind: item.toolKind };
  if (item.kind !== 'plan') return null;
  const done = item.entries.filter(({ status }) => status === 'completed').length;
  const total = item.entries.length;
  const next = item.entries.find(({ status }) => status !== 'completed');
  const title = (next?.content ?? 'Plan').slice(0, LIMITS.titleChars);
  return { title, status: done === total ? 'completed' : 'in_progress', done, total };
}
