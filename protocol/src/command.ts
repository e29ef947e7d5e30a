import * as z from 'zod';
import { plainText, TerminalSizeSchema } from './agent.ts';
import { WireErrorSchema } from './errors.ts';
import { type AgentId, agentOfId, MemberIdSchema, PositionSchema } from './ids.ts';
import { LIMITS } from './limits.ts';

/** One command, never reused: one start at most (Q5). ASCII, since it heads the batches of its output (S12). */
export const CommandIdSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(LIMITS.messageIdChars, `must have at most ${LIMITS.messageIdChars} characters`)
  .regex(/^[\x21-\x7e]+$/, 'must be ASCII without blanks')
  .brand<'CommandId'>();
export type CommandId = z.infer<typeof CommandIdSchema>;

/** It names its agent, so that `command:interrupt {commandId}` finds the room. `random`: never used before. */
export const commandIdOf = (agentId: AgentId, random: string): CommandId =>
  CommandIdSchema.parse(`${agentId}.${random}`);

/** The agent whose room made this id; null: no room did. */
export const agentOfCommand = agentOfId;

const encoder = new TextEncoder();
const fits = (text: string) =>
  text.length * 3 <= LIMITS.commandBytes || encoder.encode(text).length <= LIMITS.commandBytes;
const TOO_LONG = `must have at most ${LIMITS.commandBytes} bytes`;

/** P1: one line for the agent's shell; it may hold newlines, as a script does. */
export const CommandLineSchema = plainText(LIMITS.commandBytes, TOO_LONG)
  .refine((text) => text.trim() !== '', 'must not be empty')
  .refine(fits, TOO_LONG);

/** Q1: first to last. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export const PrioritySchema = z.enum(PRIORITIES, 'must be high, normal or low');
export type Priority = z.infer<typeof PrioritySchema>;

/** Q6: ms. */
export const CommandTimeoutSchema = z
  .number()
  .int('must be whole milliseconds')
  .min(1, 'must be at least 1 ms')
  .max(LIMITS.commandTimeout, `must be at most ${LIMITS.commandTimeout} ms`);

/** The part of a command that viewers see; Q11. */
export const CommandStatusSchema = z.enum([
  'queued',
  'running',
  'completed',
  'failed',
  'interrupted',
  'cancelled',
]);
export type CommandStatus = z.infer<typeof CommandStatusSchema>;
export const FinalStatusSchema = CommandStatusSchema.exclude(['queued', 'running']);
export type FinalStatus = z.infer<typeof FinalStatusSchema>;

const time = z.number().min(0);
const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Bytes it printed. */
export const OutputBytesSchema = z.object({ stdout: bytes, stderr: bytes });
export type OutputBytes = z.infer<typeof OutputBytesSchema>;

/** How a command ended, as the host saw it. */
export const CommandEndSchema = z.object({
  exitCode: z.number().int().optional(),
  signal: z.string().max(32).optional(),
  /** Details beyond the numbers: COMMAND_TIMEOUT, COMMAND_LOST, AGENT_SPAWN_FAILED … */
  error: WireErrorSchema.optional(),
  /** ms from its start to its end. */
  executionTime: time.optional(),
  bytes: OutputBytesSchema.optional(),
});
export type CommandEnd = z.infer<typeof CommandEndSchema>;

const shown = z.object({
  commandId: CommandIdSchema,
  /** At most its first `LIMITS.commandShownChars` characters, so that a whole queue fits into a message. */
  command: z.string().max(LIMITS.commandShownChars),
  /** Its length, where that is more. */
  chars: z.number().int().min(0).optional(),
  priority: PrioritySchema,
  interactive: z.boolean(),
  requestedBy: MemberIdSchema,
  /** Of that member. */
  name: z.string().max(LIMITS.nameChars),
  /** ms since 1970. */
  requestedAt: time,
  /** Which try it is, from 1 … */
  attempt: z.number().int().min(1),
  /** … and of which command. */
  retryOf: CommandIdSchema.optional(),
  /** All it prints stands after this place of the stream. Absent: it was not started. */
  printsAfter: PositionSchema.optional(),
  /** Of an interactive one; absent: it was never sized, and has 80 × 24. */
  terminal: TerminalSizeSchema.optional(),
});
export type ShownCommand = z.infer<typeof shown>;

export const QueuedCommandSchema = shown.extend({
  /** 1: the next. */
  position: z.number().int().min(1),
  /** Q8: it was to wait for its host. */
  hold: z.boolean(),
  /** A retry starts no sooner, ms since 1970. */
  notBefore: time.optional(),
});
export type QueuedCommand = z.infer<typeof QueuedCommandSchema>;

export const RunningCommandSchema = shown.extend({
  /** Absent: its host was told and has not answered. */
  startedAt: time.optional(),
  /** Q7: it is being interrupted. */
  stopping: z.boolean(),
  timeout: CommandTimeoutSchema.optional(),
});
export type RunningCommand = z.infer<typeof RunningCommandSchema>;

export const EndedCommandSchema = shown.extend(CommandEndSchema.shape).extend({
  status: FinalStatusSchema,
  endedAt: time,
  /** The next try. */
  retriedBy: CommandIdSchema.optional(),
});
export type EndedCommand = z.infer<typeof EndedCommandSchema>;

/** Q9: all there is of an agent's commands, whole: the queue in its order, what runs, and what ended last, newest first. */
export const CommandsSchema = z.object({
  queue: z.array(QueuedCommandSchema).max(LIMITS.queuedCommands + LIMITS.runningCommands),
  running: z.array(RunningCommandSchema).max(LIMITS.queuedCommands),
  ended: z.array(EndedCommandSchema).max(LIMITS.endedCommandsListed),
});
export type Commands = z.infer<typeof CommandsSchema>;
