import type { ConversationMatch, HistoryMatch } from '@muster/protocol';
import { addressOf } from '../rest/get.ts';

/** Whether it was said in a conversation; otherwise it is a command. */
export const isConversation = (match: HistoryMatch): match is ConversationMatch =>
  match.kind === 'conversation';

/** What a list knows it by. */
export const keyOf = (match: HistoryMatch): string =>
  isConversation(match) ? `${match.conversationId}#${match.index}` : match.command.commandId;

/** ms since 1970. */
export const momentOf = (match: HistoryMatch): number =>
  isConversation(match) ? match.at : match.command.requestedAt;

/** The page of the conversation, at that item. */
export const itemAddress = ({ agentId, conversationId, index }: ConversationMatch): string =>
  addressOf(`/agents/${encodeURIComponent(agentId)}`, { conversation: conversationId, item: index });

/** What was found there, in a word. */
export const KINDS: Readonly<Record<string, string>> = {
  user: 'Message',
  agent: 'Reply',
  thought: 'Thought',
  tool: 'Tool call',
  plan: 'Plan',
  notice: 'Notice',
};
