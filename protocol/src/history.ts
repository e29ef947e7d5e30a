import * as z from 'zod';
import { AgentKindSchema, LabelsSchema, TerminalSizeSchema } from './agent.ts';
import { AgentUidSchema, HostIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';

const time = z.number().int().min(0);
const word = z.string().max(LIMITS.messageIdChars);
const bytes = z.number().int().min(0);

/** A command of the past, or one that is still under way, as history has it. Null: it is not known, or was not so. */
export const CommandRowSchema = z.object({
  commandId: word,
  agentId: z.string().max(LIMITS.nameChars),
  /** Which agent of that name. */
  agentUid: word,
  command: z.string(),
  status: word,
  priority: word.nullable(),
  interactive: z.boolean().nullable(),
  /** Which try it was, and of which command. */
  attempt: z.number().int().nullable(),
  retryOf: word.nullable(),
  /** ms. */
  timeout: z.number().nullable(),
  /** The member who requested it. */
  memberId: word.nullable(),
  name: z.string().nullable(),
  /** ms since 1970. */
  requestedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  exitCode: z.number().int().nullable(),
  signal: word.nullable(),
  /** The code of what went wrong beside it. */
  error: word.nullable(),
  /** The same in words; absent: an older server does not say. */
  errorMessage: z.string().nullable().optional(),
  /** ms. */
  executionTime: z.number().nullable(),
  stdoutBytes: bytes.nullable(),
  stderrBytes: bytes.nullable(),
  reason: z.string().nullable(),
});
export type CommandRow = z.infer<typeof CommandRowSchema>;

/** One step of a command: from which status to which, and why. */
export const EventRowSchema = z.object({
  commandId: word,
  agentId: z.string().max(LIMITS.nameChars),
  agentUid: word,
  /** 1, 2, 3 … per agent; a hole is what was lost. */
  number: z.number().int().min(1),
  from: word.nullable(),
  to: word,
  cause: word,
  /** ms since 1970. */
  at: time,
  memberId: word.nullable(),
  reason: z.string().nullable(),
});
export type EventRow = z.infer<typeof EventRowSchema>;

/** A text in pieces, those that match marked: to be shown as text, whatever it holds. */
export const SnippetSchema = z.array(z.object({ text: z.string(), match: z.boolean() }));
export type Snippet = z.infer<typeof SnippetSchema>;

/** Where a command was found: pieces of its line and of what it printed; null: nothing of what was asked stands there. */
export const MatchSchema = z.object({
  /** Absent: an older server, which finds nothing else. */
  kind: z.literal('command').optional(),
  command: CommandRowSchema,
  line: SnippetSchema.nullable(),
  output: SnippetSchema.nullable(),
});
export type Match = z.infer<typeof MatchSchema>;

/** C14: where an item of a conversation was found. */
export const ConversationMatchSchema = z.object({
  kind: z.literal('conversation'),
  conversationId: word,
  agentId: z.string().max(LIMITS.nameChars),
  agentUid: word,
  /** Null: it has none. */
  title: z.string().nullable(),
  /** Its place in the conversation, and what it is: user, agent, thought, tool and the like. */
  index: z.number().int().min(0),
  item: word,
  /** The member who said it; null: the agent did. */
  memberId: word.nullable(),
  name: z.string().nullable(),
  /** When it began, ms since 1970. */
  at: time,
  snippet: SnippetSchema,
});
export type ConversationMatch = z.infer<typeof ConversationMatchSchema>;

export const HistoryMatchSchema = z.union([ConversationMatchSchema, MatchSchema]);
export type HistoryMatch = z.infer<typeof HistoryMatchSchema>;

/** `<epoch>:<sequence>`: a place in an agent's stream, as addresses and answers name it. */
export const PLACE = /^[0-9a-f]{16}:\d{1,15}$/;

/** A part of what a command printed, a new size of its terminal, or a word on what is missing there. `at`: ms since 1970, by the host's clock. */
export const OutputPartSchema = z.union([
  z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string(), at: z.number() }),
  z.object({ size: TerminalSizeSchema, at: z.number() }),
  z.object({ missing: z.string(), at: z.number() }),
]);
export type OutputPart = z.infer<typeof OutputPartSchema>;

/** A page of it. `bytes`: how much of the command's output the parts are; `next`: where it goes on; null: it does not. */
export const OutputPageSchema = z.object({
  parts: z.array(OutputPartSchema),
  bytes,
  next: z.string().regex(PLACE).nullable(),
});
export type OutputPage = z.infer<typeof OutputPageSchema>;
/** An agent as history knows it, also after its end. */
export const PastAgentSchema = z.object({
  agentUid: AgentUidSchema,
  agentId: z.string().max(LIMITS.nameChars),
  name: z.string().max(LIMITS.nameChars),
  kind: AgentKindSchema,
  hostId: HostIdSchema,
  labels: LabelsSchema,
  /** ms since 1970; null: before history kept agents. */
  createdAt: time.nullable(),
  /** ms since 1970; null: it is there. */
  deletedAt: time.nullable(),
});
export type PastAgent = z.infer<typeof PastAgentSchema>;
