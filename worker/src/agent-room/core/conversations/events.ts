import type { ConversationEvent, ConversationFacts } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { activeTurn, type ConversationRecord, isEnded, mustHold, remembered } from './conversation.ts';
import { writeItems } from './items.ts';
import { handleRequestChange, openRequest } from './permissions.ts';
import { endTurn, startTurn } from './turns.ts';

/** S4a: applies a stream event about conversations; the caller commits it with the frame. */
export function handleConversationEvent(work: UnitOfWork, event: ConversationEvent): void {
  if (event.type === 'request:opened') return openRequest(work, event.request);
  if (event.type === 'request:changed')
    return handleRequestChange(work, event.permissionId, event.resolution);
  const record = work.room.conversations.get(event.conversationId);
  const epoch = work.room.durable?.epoch ?? null;
  if (record === undefined || epoch === null) return;
  switch (event.type) {
    case 'conversation:changed':
      return changeFacts(work, record, event.facts);
    case 'conversation:items':
      writeItems(work, record, event.writes, { epoch, sequence: work.room.next - 1 });
      return;
    case 'turn:started':
      return startTurn(work, record, event);
    case 'turn:ended':
      if (activeTurn(record)?.turnId === event.turnId) endTurn(work, record, event);
      return;
    case 'message:steered':
      return steered(work, record, event);
  }
}

/** Of a list no more than fits, so that a row stays small however much an agent offers. */
function fitting<T>(list: readonly T[]): T[] {
  let left: number = ROOM_LIMITS.factChars;
  return list.filter((one) => {
    left -= JSON.stringify(one).length;
    return left >= 0;
  });
}

function boundedFacts(facts: ConversationFacts): ConversationFacts {
  const { modes, configOptions, commands, suggestions } = facts;
  return {
    ...facts,
    ...(modes === undefined ? {} : { modes: fitting(modes) }),
    ...(configOptions === undefined ? {} : { configOptions: fitting(configOptions) }),
    ...(commands === undefined ? {} : { commands: fitting(commands) }),
    ...(suggestions === undefined ? {} : { suggestions: fitting(suggestions) }),
  };
}

function changeFacts(work: UnitOfWork, record: ConversationRecord, told: ConversationFacts): void {
  if (isEnded(record)) return;
  const facts = { ...record.facts, ...boundedFacts(told) };
  const changed = { ...record, facts, activeAt: work.now };
  const isBack = told.adapter === 'ready' && record.facts.adapter !== 'ready';
  const held = isBack ? false : record.held || (mustHold(changed) && activeTurn(record) === null);
  work.conversations.put({ ...changed, held });
}

/** C12: what became of a message that was to reach the turn under way. */
function steered(
  work: UnitOfWork,
  record: ConversationRecord,
  { messageId, outcome }: Extract<ConversationEvent, { type: 'message:steered' }>,
): void {
  const found = record.queue.find((message) => message.messageId === messageId);
  const isPrompt = activeTurn(record)?.messageId === messageId;
  if (found === undefined || isPrompt) return;
  if (outcome === 'injected') {
    const queue = record.queue.filter((message) => message.messageId !== messageId);
    work.conversations.put({ ...record, queue, recent: remembered(record.recent, messageId) });
    return;
  }
  const queue = record.queue.map((message) => {
    if (message.messageId !== messageId) return message;
    const { steering: _, ...rest } = message;
    return { ...rest, sending: false };
  });
  work.conversations.put({ ...record, queue });
}
