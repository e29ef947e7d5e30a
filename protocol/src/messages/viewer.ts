import * as z from 'zod';
import {
  AgentKindSchema,
  EnvironmentSchema,
  LabelsSchema,
  ProgramSchema,
  ResourceLimitsSchema,
  RestartPolicySchema,
  SecretsSchema,
  ShellSchema,
  SignalNameSchema,
  TerminalSizeSchema,
  WorkspaceSchema,
} from '../agent.ts';
import { TerminalColorsSchema } from '../colors.ts';
import { CommandIdSchema, CommandLineSchema, CommandTimeoutSchema, PrioritySchema } from '../command.ts';
import {
  AgentIdSchema,
  AgentNameSchema,
  ClientIdSchema,
  CursorSchema,
  HostIdSchema,
  MemberIdSchema,
  MessageIdSchema,
  PositionSchema,
  SequenceSchema,
} from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { recordOf } from '../record.ts';
import type { Rule } from '../roles.ts';

/** Viewer → server: what each message carries. */
const token = z.string().min(1).max(LIMITS.tokenChars);
const agent = z.object({ agentId: AgentIdSchema });
const ownText = (max: number) => z.string().max(max);

const concurrency = z.number().int().min(1).max(LIMITS.runningCommands).optional();
const command = z.object({ commandId: CommandIdSchema });
/** `command:request` of seed 004, `agent:command` of seed 003: the ack names the command. */
const CommandRequestSchema = agent.extend({
  command: CommandLineSchema,
  /** Default: normal. */
  priority: PrioritySchema.optional(),
  timeout: CommandTimeoutSchema.optional(),
  /** On a terminal of its own, with input. */
  interactive: z.boolean().optional(),
  /** Q8: waits for the host where that is not connected. */
  hold: z.boolean().optional(),
  /** Tries after the first while it fails, 1, 2, 4 … 30 s apart. */
  retries: z.number().int().min(0).max(LIMITS.commandRetries).optional(),
  /** Beside the agent's own. */
  environment: EnvironmentSchema.refine(
    (variables) => JSON.stringify(variables).length <= LIMITS.commandEnvironmentChars,
    `must have at most ${LIMITS.commandEnvironmentChars} characters in all`,
  ).optional(),
});

export const AgentCreateSchema = z.object({
  name: AgentNameSchema,
  agentId: AgentIdSchema.optional(),
  hostId: HostIdSchema.optional(),
  kind: AgentKindSchema.optional(),
  program: ProgramSchema.optional(),
  model: ownText(LIMITS.nameChars).optional(),
  /** Absent: the host's default directory. */
  workspace: WorkspaceSchema.optional(),
  environment: EnvironmentSchema.optional(),
  resourceLimits: ResourceLimitsSchema.optional(),
  terminal: z.union([TerminalSizeSchema, z.literal(false)]).optional(),
  restart: RestartPolicySchema.optional(),
  autostart: z.boolean().optional(),
  concurrency,
  labels: LabelsSchema.optional(),
  /** S5: keep all it prints, by retention. */
  recording: z.boolean().optional(),
  secrets: SecretsSchema.optional(),
  /** X7. Default: true. */
  redaction: z.boolean().optional(),
  /** P9: what reads the lines of its commands. Default: `/bin/sh`. */
  shell: ShellSchema.optional(),
});
export type AgentCreate = z.infer<typeof AgentCreateSchema>;

export const VIEWER_MESSAGES = {
  auth: z.object({ token, clientId: ClientIdSchema.optional(), sessionId: MessageIdSchema.optional() }),
  'auth:refresh': z.object({ token }),
  'dashboard:connect': z.object({
    token: token.optional(),
    clientInfo: recordOf(z.string().max(64), z.unknown(), LIMITS.recordEntries).optional(),
    sessionId: MessageIdSchema.optional(),
    cursors: z
      .record(AgentIdSchema, CursorSchema)
      .refine((cursors) => Object.keys(cursors).length <= LIMITS.cursorCount, 'too many cursors')
      .optional(),
  }),
  heartbeat: z.object({ sequence: SequenceSchema.optional() }),
  ping: z.object({ timestamp: z.number().optional() }),

  'agent:create': AgentCreateSchema,
  'agent:update': agent.extend({
    name: AgentNameSchema.optional(),
    program: ProgramSchema.optional(),
    environment: EnvironmentSchema.optional(),
    restart: RestartPolicySchema.optional(),
    concurrency,
    labels: LabelsSchema.optional(),
    recording: z.boolean().optional(),
    secrets: SecretsSchema.optional(),
    redaction: z.boolean().optional(),
    shell: ShellSchema.optional(),
  }),
  'agent:delete': agent,
  'agent:start': agent,
  'agent:terminate': agent.extend({ force: z.boolean().optional() }),
  'agent:pause': agent,
  'agent:resume': agent,
  'agent:restart': agent.extend({ force: z.boolean().optional() }),
  'agent:input': agent.extend({
    /** Absent only with `end`. */
    data: z.string().max(LIMITS.inputBytes, `must have at most ${LIMITS.inputBytes} characters`).optional(),
    /** `base64` for bytes that are no text, such as a legacy mouse report. */
    encoding: z.enum(['utf8', 'base64']).optional(),
    /** An interactive command that runs; absent: the program. */
    commandId: CommandIdSchema.optional(),
    clientId: ClientIdSchema.optional(),
    inputSequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    /** X6: the terminal says this by itself, nobody typed it: it counts from the driver only, and moves nothing. */
    answer: z.boolean().optional(),
    /** P9: behind `data` the standard input of a program on pipes is closed. On a terminal Ctrl-D is a key. */
    end: z.boolean().optional(),
  }),
  'agent:resize': agent.extend({
    ...TerminalSizeSchema.shape,
    /** P8: what the terminal is drawn with. */
    colors: TerminalColorsSchema.optional(),
    commandId: CommandIdSchema.optional(),
  }),
  'agent:signal': agent.extend({ signal: SignalNameSchema, commandId: CommandIdSchema.optional() }),
  'command:request': CommandRequestSchema,
  'agent:command': CommandRequestSchema,
  /** Q7: one that waits is cancelled; one that runs hears SIGINT, SIGTERM, SIGKILL, 5 s apart; `force`: SIGKILL. */
  'command:interrupt': command.extend({
    reason: ownText(LIMITS.textChars).optional(),
    force: z.boolean().optional(),
  }),
  /** Takes one that waits out of the queue. */
  'command:cancel': command,
  /** To this place in the queue, 1 the first; it stays among those of its priority (Q1). */
  'command:move': command.extend({
    position: z
      .number()
      .int()
      .min(1, 'must be at least 1')
      .max(LIMITS.queuedCommands + LIMITS.runningCommands),
  }),
  /** Of one that waits. */
  'command:edit': command.extend({ command: CommandLineSchema }),
  /** Of one that ended: a new command, at once. */
  'command:retry': command,
  'agent:get_state': agent,
  /** B9. `take`: whether the driver agrees or not; for admins, and between the pages of one member. */
  'driver:request': agent.extend({ take: z.boolean().optional() }),
  /** Gives the keyboard back, or the asking for it up. */
  'driver:release': agent,
  /** By its driver or an admin. `clientId` names one page; with `memberId` alone the one that asks, else any. */
  'driver:grant': agent
    .extend({ memberId: MemberIdSchema.optional(), clientId: ClientIdSchema.optional() })
    .refine(
      ({ memberId, clientId }) => memberId !== undefined || clientId !== undefined,
      'must name a memberId or a clientId',
    ),
  /** `memberId`: the page's member; needed where two members' pages use the same client id. */
  'driver:decline': agent.extend({ clientId: ClientIdSchema, memberId: MemberIdSchema.optional() }),

  'subscribe:agent': z.object({
    agentId: AgentIdSchema.optional(),
    filters: z.array(z.string().max(LIMITS.filterChars)).max(LIMITS.filterCount).optional(),
    /** Everything up to here is already the reader's. Absent: from the oldest kept. */
    after: CursorSchema.optional(),
    history: z.enum(['screen', 'full']).optional(),
  }),
  unsubscribe: z.object({ subscriptionId: MessageIdSchema }),
  'flow:ack': PositionSchema,
} as const satisfies Record<string, z.ZodType>;

export type ViewerType = keyof typeof VIEWER_MESSAGES;
export type ViewerMessage = {
  [T in ViewerType]: { readonly type: T; readonly payload: z.output<(typeof VIEWER_MESSAGES)[T]> };
}[ViewerType];
export type ViewerPayload<T extends ViewerType> = z.input<(typeof VIEWER_MESSAGES)[T]>;

/**
 * X5, X18, L: the least role of every message, whether it writes a row or a file, here or on its host, and what counts
 * it. Keys write nothing themselves. Code, docs and tests read this table; there is no other.
 */
export const VIEWER_RULES = {
  auth: { least: 'anyone', writes: false, bucket: 'message' },
  'auth:refresh': { least: 'anyone', writes: false, bucket: 'message' },
  'dashboard:connect': { least: 'anyone', writes: false, bucket: 'message' },
  heartbeat: { least: 'anyone', writes: false, bucket: 'message' },
  ping: { least: 'anyone', writes: false, bucket: 'message' },
  'agent:create': { least: 'admin', writes: true, bucket: 'act' },
  'agent:update': { least: 'admin', writes: true, bucket: 'act' },
  'agent:delete': { least: 'admin', writes: true, bucket: 'act' },
  'agent:start': { least: 'operator', writes: true, bucket: 'act' },
  'agent:terminate': { least: 'operator', writes: true, bucket: 'act' },
  'agent:pause': { least: 'operator', writes: true, bucket: 'act' },
  'agent:resume': { least: 'operator', writes: true, bucket: 'act' },
  'agent:restart': { least: 'operator', writes: true, bucket: 'act' },
  'agent:input': { least: 'operator', writes: false, bucket: 'message' },
  'agent:resize': { least: 'operator', writes: true, bucket: 'resize' },
  'agent:signal': { least: 'operator', writes: true, bucket: 'act' },
  'command:request': { least: 'operator', writes: true, bucket: 'command' },
  'agent:command': { least: 'operator', writes: true, bucket: 'command' },
  'command:interrupt': { least: 'operator', writes: true, bucket: 'act' },
  'command:cancel': { least: 'operator', writes: true, bucket: 'act' },
  'command:move': { least: 'operator', writes: true, bucket: 'act' },
  'command:edit': { least: 'operator', writes: true, bucket: 'act' },
  'command:retry': { least: 'operator', writes: true, bucket: 'command' },
  'agent:get_state': { least: 'viewer', writes: false, bucket: 'message' },
  'driver:request': { least: 'operator', writes: true, bucket: 'act' },
  'driver:release': { least: 'operator', writes: true, bucket: 'act' },
  'driver:grant': { least: 'operator', writes: true, bucket: 'act' },
  'driver:decline': { least: 'operator', writes: true, bucket: 'act' },
  'subscribe:agent': { least: 'viewer', writes: false, bucket: 'message' },
  unsubscribe: { least: 'viewer', writes: false, bucket: 'message' },
  /** S8: a reader that is fast says more of them. */
  'flow:ack': { least: 'viewer', writes: false, bucket: 'none' },
} as const satisfies Record<ViewerType, Rule>;
