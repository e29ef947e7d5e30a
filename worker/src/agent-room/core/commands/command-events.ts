import {
  type AgentId,
  AgentUidSchema,
  CommandEndSchema,
  CommandIdSchema,
  CommandLineSchema,
  CommandStatusSchema,
  CommandTimeoutSchema,
  type MemberId,
  MemberIdSchema,
  type Position,
  PrioritySchema,
  type ServerPayload,
} from '@muster/protocol';
import * as z from 'zod';
import { type CommandRecord, endOf, statusOf } from './command.ts';

/** Why a command is where it is now. */
const CauseSchema = z.enum([
  'requested',
  'retried',
  'moved',
  'edited',
  'started',
  'exited',
  'timeout',
  'interrupted',
  'cancelled',
  /** COMMAND_LOST: nobody saw what became of it (Q5). */
  'lost',
  /** Its host could not start it. */
  'refused',
  /** Its host did not answer. */
  'unanswered',
]);
export type Cause = z.infer<typeof CauseSchema>;

/** Why a command is changed, and which member caused it. */
export interface Reason {
  readonly cause: Cause;
  readonly by?: MemberId;
  readonly reason?: string;
  /** It came in the stream: R2 gives it its place there. */
  readonly fromStream?: true;
}

/**
 * What happens to a command. Its row, its step in history, what viewers are told and, through history, its recording
 * all derive from this one. `before` null: it begins its life. The same as `after`: only its place in the queue is another.
 */
export interface CommandChange {
  readonly before: CommandRecord | null;
  readonly after: CommandRecord;
  readonly why: Reason;
}

/** One step of a command, for history: complete in itself, so that its reader need not ask the room. */
export const CommandEventSchema = CommandEndSchema.extend({
  /** 1, 2, 3 … per agent, never reused: what was taken already is known by it, and what was lost is a hole. */
  number: z.number().int().min(1),
  commandId: CommandIdSchema,
  agentUid: AgentUidSchema,
  /** null: there was no such command. The same as `to`: it was edited or moved. */
  from: CommandStatusSchema.nullable(),
  to: CommandStatusSchema,
  cause: CauseSchema,
  /** ms since 1970. */
  at: z.number(),
  /** The member that caused it; absent: no member did. */
  memberId: MemberIdSchema.optional(),
  /** The requester's name, with `from: null`; an automatic retry keeps it. */
  name: z.string().optional(),
  reason: z.string().optional(),
  /** By the server's clock, with `to: running`. */
  startedAt: z.number().optional(),
  /** What was asked, with `from: null`; and the line with `cause: edited`. */
  command: CommandLineSchema.optional(),
  priority: PrioritySchema.optional(),
  interactive: z.boolean().optional(),
  timeout: CommandTimeoutSchema.optional(),
  attempt: z.number().int().optional(),
  retryOf: CommandIdSchema.optional(),
});
export type CommandEvent = z.infer<typeof CommandEventSchema>;

export type CommandStep = Omit<CommandEvent, 'number' | 'agentUid' | 'at'>;

/** A start that was sent, or a stop that was asked for, shows nowhere before its host has answered. */
const isShown = ({ before, after }: CommandChange): boolean =>
  before === null || after.life.at === 'ended' || statusOf(before.life) !== statusOf(after.life);

/** A1: the change as history has it; null: it has none of it. */
export function stepOf(change: CommandChange): CommandStep | null {
  const { before, after, why } = change;
  const { cause, by, reason } = why;
  if (!isShown(change) && cause !== 'moved' && cause !== 'edited') return null;
  const { life } = after;
  return {
    commandId: after.commandId,
    from: before === null ? null : statusOf(before.life),
    to: statusOf(life),
    cause,
    ...(by === undefined ? {} : { memberId: by }),
    ...(reason === undefined ? {} : { reason }),
    ...(before === null ? askedOf(after) : {}),
    ...(cause === 'edited' ? { command: after.command } : {}),
    ...(life.at === 'running' ? { startedAt: life.startedAt } : {}),
    ...(life.at === 'ended' ? endOf(life) : {}),
  };
}

const askedOf = ({ command, name, priority, interactive, attempt, timeout, retryOf }: CommandRecord) => ({
  ...{ command, name, priority, interactive, attempt },
  ...(timeout === null ? {} : { timeout }),
  ...(retryOf === null ? {} : { retryOf }),
});

/** R2: the change as viewers are told of it; null: they are not. `present`: what of the stream stands before it. */
export function statusPayload(
  change: CommandChange,
  agentId: AgentId,
  present: Position | null,
): ServerPayload<'command:status'> | null {
  if (!isShown(change)) return null;
  const { commandId, attempt, retryOf, life } = change.after;
  const isPlaced = change.why.fromStream === true && present !== null;
  return {
    agentId,
    commandId,
    status: statusOf(life),
    attempt,
    ...(retryOf === null ? {} : { retryOf }),
    ...(life.at === 'ended' ? endOf(life) : {}),
    ...(life.at === 'ended' && life.reason !== null ? { reason: life.reason } : {}),
    ...(life.at === 'ended' && life.retriedBy !== null ? { retriedBy: life.retriedBy } : {}),
    ...(isPlaced ? { asOf: present } : {}),
  };
}

/** The newest step, and the newest that history has, in the room's one row. */
export const OutboxSchema = z.object({ last: z.number().int().min(0), taken: z.number().int().min(0) });
export const EMPTY_OUTBOX = { last: 0, taken: 0 };
