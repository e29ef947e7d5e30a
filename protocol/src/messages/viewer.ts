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
import { CONVERSATION_SCHEMAS } from './viewer-conversations.ts';

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

const AuthSchema = z.object({
  token,
  clientId: ClientIdSchema.optional(),
  sessionId: MessageIdSchema.optional(),
});

const DashboardConnectSchema = z.object({
  token: token.optional(),
  clientInfo: recordOf(z.string().max(64), z.unknown(), LIMITS.recordEntries).optional(),
  sessionId: MessageIdSchema.optional(),
  cursors: z
    .record(AgentIdSchema, CursorSchema)
    .refine((cursors) => Object.keys(cursors).length <= LIMITS.cursorCount, 'too many cursors')
    .optional(),
});

const HeartbeatSchema = z.object({ sequence: SequenceSchema.optional() });

const PingSchema = z.object({ timestamp: z.number().optional() });

const AgentUpdateSchema = agent.extend({
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
});

const AgentTerminateSchema = agent.extend({ force: z.boolean().optional() });

const AgentRestartSchema = agent.extend({ force: z.boolean().optional() });

const AgentInputSchema = agent.extend({
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
});

const AgentResizeSchema = agent.extend({
  ...TerminalSizeSchema.shape,
  /** P8: what the terminal is drawn with. */
  colors: TerminalColorsSchema.optional(),
  commandId: CommandIdSchema.optional(),
});

const AgentSignalSchema = agent.extend({ signal: SignalNameSchema, commandId: CommandIdSchema.optional() });

/** Q7: one that waits is cancelled; one that runs hears SIGINT, SIGTERM, SIGKILL, 5 s apart; `force`: SIGKILL. */
const CommandInterruptSchema = command.extend({
  reason: ownText(LIMITS.textChars).optional(),
  force: z.boolean().optional(),
});

/** To this place in the queue, 1 the first; it stays among those of its priority (Q1). */
const CommandMoveSchema = command.extend({
  position: z
    .number()
    .int()
    .min(1, 'must be at least 1')
    .max(LIMITS.queuedCommands + LIMITS.runningCommands),
});

/** Of one that waits. */
const CommandEditSchema = command.extend({ command: CommandLineSchema });

/** B9. `take`: whether the driver agrees or not; for admins, and between the pages of one member. */
const DriverRequestSchema = agent.extend({ take: z.boolean().optional() });

/** By its driver or an admin. `clientId` names one page; with `memberId` alone the one that asks, else any. */
const DriverGrantSchema = agent
  .extend({ memberId: MemberIdSchema.optional(), clientId: ClientIdSchema.optional() })
  .refine(
    ({ memberId, clientId }) => memberId !== undefined || clientId !== undefined,
    'must name a memberId or a clientId',
  );

/** `memberId`: the page's member; needed where two members' pages use the same client id. */
const DriverDeclineSchema = agent.extend({ clientId: ClientIdSchema, memberId: MemberIdSchema.optional() });

const SubscribeAgentSchema = z.object({
  agentId: AgentIdSchema.optional(),
  filters: z.array(z.string().max(LIMITS.filterChars)).max(LIMITS.filterCount).optional(),
  /** Everything up to here is already the reader's. Absent: from the oldest kept. */
  after: CursorSchema.optional(),
  history: z.enum(['screen', 'full']).optional(),
});

/** The row of one message type. */
type MessageRow = Rule & {
  /** Its payload. */
  readonly schema: z.ZodType;
  /** The object that handles it: the team's lobby, the room of its agent or command, or the one that holds the connection. */
  readonly handledBy: 'lobby' | 'room' | 'connection';
  /** X8: whether it leaves an audit entry. Input does not: it may be a password. Driver changes leave their own. */
  readonly audited: boolean;
};

/** Columns that many rows share. */
const CONNECTION = { writes: false, bucket: 'message', handledBy: 'connection', audited: false } as const;
const LOBBY_ACT = { least: 'admin', writes: true, bucket: 'act', handledBy: 'lobby', audited: true } as const;
const ROOM_ACT = {
  least: 'operator',
  writes: true,
  bucket: 'act',
  handledBy: 'room',
  audited: true,
} as const;
const COMMAND = { ...ROOM_ACT, bucket: 'command' } as const;
const DRIVER = { ...ROOM_ACT, audited: false } as const;
const CONVERSATION_READ = {
  least: 'viewer',
  writes: false,
  bucket: 'message',
  handledBy: 'room',
  audited: false,
} as const;

/**
 * Every message of a viewer. X5, X18, L: the least role, whether it writes a row or a file, here or on its host, and
 * what counts it. Keys write nothing themselves. Code, docs and tests read this table; there is no other.
 */
export const VIEWER_MESSAGES = {
  auth: { ...CONNECTION, schema: AuthSchema, least: 'anyone' },
  'auth:refresh': { ...CONNECTION, schema: z.object({ token }), least: 'anyone' },
  'dashboard:connect': { ...CONNECTION, schema: DashboardConnectSchema, least: 'anyone' },
  heartbeat: { ...CONNECTION, schema: HeartbeatSchema, least: 'anyone' },
  ping: { ...CONNECTION, schema: PingSchema, least: 'anyone' },
  'agent:create': { ...LOBBY_ACT, schema: AgentCreateSchema },
  'agent:update': { ...LOBBY_ACT, schema: AgentUpdateSchema },
  'agent:delete': { ...LOBBY_ACT, schema: agent },
  'agent:start': { ...ROOM_ACT, schema: agent },
  'agent:terminate': { ...ROOM_ACT, schema: AgentTerminateSchema },
  'agent:pause': { ...ROOM_ACT, schema: agent },
  'agent:resume': { ...ROOM_ACT, schema: agent },
  'agent:restart': { ...ROOM_ACT, schema: AgentRestartSchema },
  'agent:input': {
    schema: AgentInputSchema,
    least: 'operator',
    writes: false,
    bucket: 'message',
    handledBy: 'room',
    audited: false,
  },
  'agent:resize': {
    schema: AgentResizeSchema,
    least: 'operator',
    writes: true,
    bucket: 'resize',
    handledBy: 'room',
    audited: false,
  },
  'agent:signal': { ...ROOM_ACT, schema: AgentSignalSchema },
  'command:request': { ...COMMAND, schema: CommandRequestSchema },
  'agent:command': { ...COMMAND, schema: CommandRequestSchema },
  'command:interrupt': { ...ROOM_ACT, schema: CommandInterruptSchema },
  /** Takes one that waits out of the queue. */
  'command:cancel': { ...ROOM_ACT, schema: command },
  'command:move': { ...ROOM_ACT, schema: CommandMoveSchema },
  'command:edit': { ...ROOM_ACT, schema: CommandEditSchema },
  /** Of one that ended: a new command, at once. */
  'command:retry': { ...COMMAND, schema: command },
  'agent:get_state': {
    schema: agent,
    least: 'viewer',
    writes: false,
    bucket: 'message',
    handledBy: 'room',
    audited: false,
  },
  /** C13a: somebody looks at the agent, so that it asks for nobody any more. */
  'agent:seen': { ...ROOM_ACT, schema: agent, audited: false },
  'driver:request': { ...DRIVER, schema: DriverRequestSchema },
  /** Gives the keyboard back, or the asking for it up. */
  'driver:release': { ...DRIVER, schema: agent },
  'driver:grant': { ...DRIVER, schema: DriverGrantSchema },
  'driver:decline': { ...DRIVER, schema: DriverDeclineSchema },
  'subscribe:agent': { ...CONNECTION, schema: SubscribeAgentSchema, least: 'viewer' },
  unsubscribe: { ...CONNECTION, schema: z.object({ subscriptionId: MessageIdSchema }), least: 'viewer' },
  'conversation:create': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.create },
  'conversation:join': { ...CONVERSATION_READ, schema: CONVERSATION_SCHEMAS.join },
  'conversation:leave': { ...CONVERSATION_READ, schema: CONVERSATION_SCHEMAS.conversation },
  'conversation:cancel': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.conversation },
  'conversation:configure': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.configure },
  'conversation:sign-in': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.signIn },
  'conversation:rename': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.rename },
  'conversation:close': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.conversation },
  'chat:message': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.chat },
  'chat:edit': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.edit },
  'chat:withdraw': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.withdraw },
  'chat:move': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.move },
  typing: { ...CONVERSATION_READ, schema: CONVERSATION_SCHEMAS.typing, least: 'operator' },
  'permission:respond': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.respond },
  'elicitation:respond': { ...ROOM_ACT, schema: CONVERSATION_SCHEMAS.elicit },
  /** S8: a reader that is fast says more of them. */
  'flow:ack': {
    schema: PositionSchema,
    least: 'viewer',
    writes: false,
    bucket: 'none',
    handledBy: 'connection',
    audited: false,
  },
} as const satisfies Record<string, MessageRow>;

export type ViewerType = keyof typeof VIEWER_MESSAGES;

/** The payloads alone, for what decodes messages of every kind. */
export const VIEWER_SCHEMAS = /* @__PURE__ */ Object.fromEntries(
  Object.entries(VIEWER_MESSAGES).map(([type, { schema }]) => [type, schema]),
) as { readonly [T in ViewerType]: (typeof VIEWER_MESSAGES)[T]['schema'] };

export type ViewerMessage = {
  [T in ViewerType]: { readonly type: T; readonly payload: z.output<(typeof VIEWER_MESSAGES)[T]['schema']> };
}[ViewerType];
export type ViewerPayload<T extends ViewerType> = z.input<(typeof VIEWER_MESSAGES)[T]['schema']>;
