import {
  type AgentRequest,
  AgentRequestSchema,
  agentOfId,
  type ConversationId,
  ConversationIdSchema,
  type ConversationState,
  ConversationStateSchema,
  type Item,
  ItemSchema,
  type Position,
} from '@muster/protocol';
import { handleConversation, newConversation } from '../../src/conversations/conversation.ts';
import { orderOf } from '../../src/conversations/items.ts';
import type { Change, Conversation, ConversationEvent } from '../../src/conversations/types.ts';
import { agentId, epochOf } from '../stream/support.ts';

export const conversationId: ConversationId = ConversationIdSchema.parse('bash.one');
export const DIGEST = 'ab'.repeat(32);
if (agentOfId(conversationId) !== agentId) throw new Error('the id names its agent');

export const at = (sequence: number, epoch = 1): Position => ({ epoch: epochOf(epoch), sequence });

export const text = (itemId: string, said: string, over: object = {}): Item =>
  ItemSchema.parse({ itemId, at: 0, kind: 'agent', text: said, ...over });

export const tool = (itemId: string, status: string): Item =>
  ItemSchema.parse({
    itemId,
    at: 0,
    kind: 'tool',
    title: 'Run',
    toolKind: 'execute',
    content: [],
    locations: [],
    status,
  });

export const request = (permissionId = 'bash.ask'): AgentRequest =>
  AgentRequestSchema.parse({
    kind: 'permission',
    permissionId,
    conversationId,
    requestedAt: 5,
    digest: DIGEST,
    itemId: 'tool',
    tool: { title: 'Run', toolKind: 'execute', rawInput: '{"command":"ls"}', content: [], locations: [] },
    options: [{ optionId: 'yes', name: 'Allow', kind: 'allow_once' }],
    directory: '/srv',
  });

export function conversationState(over: object = {}): ConversationState {
  return ConversationStateSchema.parse({
    conversationId,
    agentId,
    title: null,
    status: 'idle',
    createdBy: '00000000-0000-4000-8000-000000000001',
    createdAt: 0,
    activeAt: 0,
    queued: 0,
    requests: 0,
    revision: 1,
    asOf: null,
    itemRevision: 0,
    oldest: 0,
    next: 0,
    facts: {},
    turn: null,
    queue: [],
    pending: [],
    members: [],
    ...over,
  });
}

/** One conversation's core, without a shell. */
export class Reader {
  readonly conversation: Conversation = newConversation(conversationId);
  now = 0;

  take(...events: readonly ConversationEvent[]): Change[] {
    return events.flatMap((event) => [...handleConversation(this.conversation, event, { now: this.now })]);
  }

  /** Joins, and is answered whole. */
  join(state: ConversationState, ...rows: readonly ConversationEvent[]): void {
    this.take({ type: 'join' }, { type: 'state', state }, ...rows, { type: 'joined', oldest: 0 });
  }

  get items(): Item[] {
    const { entries } = this.conversation;
    return orderOf(this.conversation).flatMap((itemId) => entries.get(itemId)?.item ?? []);
  }

  get texts(): string[] {
    return this.items.map((item) => ('text' in item ? item.text : item.kind));
  }
}

export const row = (
  index: number,
  revision: number,
  item: Item,
  asOf: Position | null = at(0),
): ConversationEvent => ({ type: 'row', row: { index, revision, asOf, item } });

export const says = (
  sequence: number,
  itemId: string,
  offset: number,
  said: string,
  epoch = 1,
): ConversationEvent => ({
  type: 'update',
  position: at(sequence, epoch),
  update: { type: 'text', itemId, offset, text: said },
});

export const shows = (sequence: number, item: Item, epoch = 1): ConversationEvent => ({
  type: 'update',
  position: at(sequence, epoch),
  update: { type: 'item', item },
});
