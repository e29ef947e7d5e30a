import * as z from 'zod';
import { AttentionSchema, ProgramStateSchema, TerminalSizeSchema } from '../agent.ts';
import { CommandEndSchema, CommandIdSchema } from '../command.ts';
import { WireErrorSchema } from '../errors.ts';
import { EpochSchema, MessageIdSchema, SequenceSchema } from '../ids.ts';
import { RunSchema } from '../run.ts';

/**
 * The numbered frames that are not output (S1, S4a) and concern programs and commands: the JSON inside an `event` batch.
 * They change the room's state once, when it stores them, and stay in the stream for later readers.
 */
export const ProgramEventSchema = z.discriminatedUnion('type', [
  /**
   * Always frame 1 of an epoch (S1). `previous` names the epoch before it of which this host still has
   * anything, with the last number that it has; not `complete`: there may have been more, and that is lost.
   */
  z.object({
    type: z.literal('epoch:open'),
    previous: z.object({ epoch: EpochSchema, last: SequenceSchema, complete: z.boolean() }).nullable(),
    /** Why it was opened, for people reading a log. */
    cause: z.enum(['first', 'boot', 'damaged-tail', 'room-ahead', 'journal-lost']),
  }),
  z.object({
    type: z.literal('program:status'),
    ...ProgramStateSchema.shape,
    /** P7: with `starting`: a run begins here. Keepers of 0.1.0 do not say it. */
    run: RunSchema.optional(),
  }),
  /** The pty has this size from here on. */
  z.object({ type: z.literal('program:resized') }).extend(TerminalSizeSchema.shape),
  /**
   * C13a: the program in the terminal asks for a person; null: it was answered, or asks no more. The end of a program and
   * the beginning of a run say null without it.
   */
  z.object({ type: z.literal('program:attention'), attention: AttentionSchema.nullable() }),
  /** The result of a `program:*` request; the room acks the client that asked. */
  z.object({
    type: z.literal('request:done'),
    requestId: MessageIdSchema,
    /** Absent: it was done. */
    error: WireErrorSchema.optional(),
  }),
  /** R2: stands before the command's first output. */
  z.object({
    type: z.literal('command:started'),
    commandId: CommandIdSchema,
    pid: z.number().int().positive(),
    /** ms since 1970, by the host's clock. */
    startedAt: z.number().min(0),
  }),
  /** The terminal of an interactive one has this size from here on; until then 80 × 24. */
  z
    .object({ type: z.literal('command:resized'), commandId: CommandIdSchema })
    .extend(TerminalSizeSchema.shape),
  /** R2: stands behind its last. Once per command, also of one that never started. */
  z.object({
    type: z.literal('command:ended'),
    commandId: CommandIdSchema,
    /** Q7: it was interrupted, and that is why. */
    interrupted: z.boolean(),
    ...CommandEndSchema.shape,
  }),
]);
export type ProgramEvent = z.infer<typeof ProgramEventSchema>;
