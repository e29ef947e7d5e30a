import {
  AgentUidSchema,
  CommandEndSchema,
  CommandIdSchema,
  CommandLineSchema,
  CommandStatusSchema,
  CommandTimeoutSchema,
  MemberIdSchema,
  PrioritySchema,
} from '@muster/protocol';
import * as z from 'zod';

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

/** The newest step, and the newest that history has, in the room's one row. */
export const OutboxSchema = z.object({ last: z.number().int().min(0), taken: z.number().int().min(0) });
export const EMPTY_OUTBOX = { last: 0, taken: 0 };
