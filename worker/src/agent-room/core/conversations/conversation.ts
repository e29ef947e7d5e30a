import {
  ConversationFactsSchema,
  ConversationIdSchema,
  type ConversationStatus,
  EpochSchema,
  LIMITS,
  type MemberId,
  MemberIdSchema,
  MessageIdSchema,
  PositionSchema,
  QueuedMessageSchema,
  TurnIdSchema,
  TurnSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { ROOM_LIMITS } from '../limits.ts';

const count = z.number().int().min(0);
const chosen = z.union([z.string().max(LIMITS.messageIdChars), z.boolean()]);

/** C12. `steering`: the turn that it is to reach. */
export const WaitingMessageSchema = QueuedMessageSchema.extend({ steering: TurnIdSchema.optional() });
export type WaitingMessage = z.infer<typeof WaitingMessageSchema>;

/** C16. `epoch`: in which its keeper began it; null: the keeper has not told that it did. */
export const TurnRecordSchema = TurnSchema.extend({
  epoch: EpochSchema.nullable(),
  /** The member whose message began it. */
  memberId: MemberIdSchema.optional(),
});
export type TurnRecord = z.infer<typeof TurnRecordSchema>;

/**
 * A1: what history lacks of a conversation. `upTo`: it has every item that ended at this revision or before; `from`: the
 * lowest index of those that ended since, null: none did; `since`: when the first of it came, ms, null: history has all;
 * `marks`: how often something came.
 */
export const HistoryMarkSchema = z.object({
  upTo: count,
  from: count.nullable(),
  since: z.number().nullable(),
  marks: count,
});
export type HistoryMark = z.infer<typeof HistoryMarkSchema>;

/** Nothing is known to be there: a new conversation, or one of an earlier version. */
export const UNKNOWN_TO_HISTORY: HistoryMark = { upTo: 0, from: 0, since: 0, marks: 0 };

/** One conversation as it is stored, without its items. Times: ms since 1970, by the room's clock. */
export const ConversationRecordSchema = z.object({
  conversationId: ConversationIdSchema,
  /** As members named it; null: nobody did. */
  title: z.string().nullable(),
  createdBy: MemberIdSchema,
  createdAt: z.number(),
  activeAt: z.number(),
  /** null: it goes on. */
  endedAt: z.number().nullable(),
  endReason: z.string().nullable(),
  /** C11: a session of the agent's own, as a member chose it. */
  resume: z.string().nullable(),
  facts: ConversationFactsSchema,
  /** C17: by configId. */
  configured: z.record(z.string(), chosen),
  queue: z.array(WaitingMessageSchema),
  /** What waits is not sent before somebody does something about it. */
  held: z.boolean(),
  turn: TurnRecordSchema.nullable(),
  /** I1: the newest messages that are no longer in the queue. */
  recent: z.array(MessageIdSchema),
  /** C14: `oldest` and `next`: indexes; `chars`: of all of them as JSON. */
  items: z.object({ revision: count, oldest: count, next: count, chars: count }),
  asOf: PositionSchema.nullable(),
  /** Members who began it or spoke in it; the first ones. */
  members: z.array(MemberIdSchema).default([]),
  history: HistoryMarkSchema.default(UNKNOWN_TO_HISTORY),
});
export type ConversationRecord = z.infer<typeof ConversationRecordSchema>;

/** C16: the turn that is under way; null: none is. */
export const activeTurn = ({ turn }: ConversationRecord): TurnRecord | null =>
  turn === null || turn.state === 'ended' ? null : turn;

export const isEnded = ({ endedAt }: ConversationRecord): boolean => endedAt !== null;

const isFailed = ({ facts }: ConversationRecord): boolean =>
  facts.adapter === 'failed' || facts.adapter === 'sign-in';

/** Whether its adapter cannot go on until somebody does something. */
export const mustHold = isFailed;

/** C16: whether its next message may be sent. */
export const mayBegin = (record: ConversationRecord): boolean =>
  !isEnded(record) && !record.held && activeTurn(record) === null && record.queue[0]?.sending === false;

/** C2. `pending`: how many requests of it wait for people. */
export function statusOf(record: ConversationRecord, pending: number): ConversationStatus {
  const { facts, turn, held } = record;
  if (isEnded(record)) return 'ended';
  if (pending > 0) return 'waiting';
  if (activeTurn(record) !== null) return facts.adapter === 'starting' ? 'starting' : 'running';
  if (isFailed(record)) return 'failed';
  if (facts.background === true) return 'background';
  if (turn?.outcome === 'interrupted') return 'interrupted';
  if (held) return 'failed';
  return facts.adapter === 'starting' ? 'starting' : 'idle';
}

/** Why it is so; null: there is nothing to say. */
export function reasonOf(record: ConversationRecord, pending: number): string | null {
  const status = statusOf(record, pending);
  if (status === 'ended') return record.endReason;
  if (status !== 'failed') return null;
  return record.facts.error?.message ?? record.turn?.error?.message ?? null;
}

/** I1: so many messages are known again when they come twice. */
export const remembered = (recent: ConversationRecord['recent'], messageId: string): typeof recent =>
  [...recent, MessageIdSchema.parse(messageId)].slice(-ROOM_LIMITS.rememberedMessages);

/** With one more who speaks in it. */
export function joinedBy(members: ConversationRecord['members'], memberId: MemberId): typeof members {
  const isListed = members.includes(memberId) || members.length >= ROOM_LIMITS.namedMembers;
  return isListed ? members : [...members, memberId];
}

/** Characters of what waits. */
export const charsOf = (queue: readonly WaitingMessage[]): number =>
  queue.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0);
