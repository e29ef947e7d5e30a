import {
  AgentRequestSchema,
  type ConversationId,
  ConversationStateSchema,
  type ConversationSummary,
  ConversationSummarySchema,
  ItemSchema,
  LIMITS,
  type RequestHead,
  RequestHeadSchema,
  ResolutionSchema,
} from '@muster/protocol';
import type { ConversationMessage, UnreadInbox } from '../types.ts';
import type { ConversationEvent } from './types.ts';

/** What a room's message says: the list, or something of one conversation. */
export type RoomMessage =
  | { readonly type: 'list'; readonly revision: number; readonly list: readonly ConversationSummary[] }
  | { readonly type: 'event'; readonly conversationId: ConversationId; readonly event: ConversationEvent };

/** Reads what the client passed on unread (F16). null: a newer server's, which is passed over (G6). */
export function readMessage(message: ConversationMessage): RoomMessage | null {
  if (message.type === 'conversation:list') {
    const { revision, conversations } = message.payload;
    return { type: 'list', revision, list: readList(conversations) };
  }
  const { conversationId } = message.payload;
  // C13b: what a program asks in its terminal is in the inbox.
  if (conversationId === undefined) return null;
  const event = readEvent(message);
  return event === null ? null : { type: 'event', conversationId, event };
}

function readList(conversations: unknown): ConversationSummary[] {
  if (!Array.isArray(conversations)) return [];
  return conversations
    .slice(0, LIMITS.conversationsPerAgent)
    .flatMap((summary) => ConversationSummarySchema.safeParse(summary).data ?? []);
}

function readEvent(
  message: Exclude<ConversationMessage, { type: 'conversation:list' }>,
): ConversationEvent | null {
  switch (message.type) {
    case 'conversation:state': {
      const state = ConversationStateSchema.safeParse(message.payload.state).data;
      return state === undefined ? null : { type: 'state', state };
    }
    case 'conversation:item': {
      const { index, revision, asOf } = message.payload;
      const item = ItemSchema.safeParse(message.payload.item).data;
      return item === undefined ? null : { type: 'row', row: { index, revision, asOf, item } };
    }
    case 'permission:request': {
      const request = AgentRequestSchema.safeParse(message.payload.request).data;
      return request === undefined ? null : { type: 'asked', request };
    }
    case 'permission:resolved': {
      const { permissionId } = message.payload;
      const resolution = ResolutionSchema.safeParse(message.payload.resolution).data;
      return resolution === undefined ? null : { type: 'resolved', permissionId, resolution };
    }
    case 'typing': {
      const { memberId, name, typing } = message.payload;
      return { type: 'typing', memberId, name, typing };
    }
  }
}

/** C7: the requests of the inbox, oldest first. */
export function readInbox(inbox: UnreadInbox): RequestHead[] {
  const heads = [...inbox.values()].flatMap((head) => RequestHeadSchema.safeParse(head).data ?? []);
  return heads.sort(
    (left, right) =>
      left.requestedAt - right.requestedAt || (left.permissionId < right.permissionId ? -1 : 1),
  );
}
