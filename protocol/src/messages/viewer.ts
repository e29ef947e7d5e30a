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
import { PolicyDraftSchema } from '../conversations/policy.ts';
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
  /** C9. Default: people are asked everything that the agent asks. */
  policy: PolicyDraftSchema.optional(),
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

/** What each message of a viewer carries, but for those about conversations (viewer-conversations.ts). */
export const TEAM_SCHEMAS = {
  auth: AuthSchema,
  'auth:refresh': z.object({ token }),
  'dashboard:connect': DashboardConnectSchema,
  heartbeat: HeartbeatSchema,
  ping: PingSchema,
  'agent:create': AgentCreateSchema,
  'agent:update': AgentUpdateSchema,
  'agent:delete': agent,
  'agent:start': agent,
  'agent:terminate': AgentTerminateSchema,
  'agent:pause': agent,
  'agent:resume': agent,
  'agent:restart': AgentRestartSchema,
  'agent:input': AgentInputSchema,
  'agent:resize': AgentResizeSchema,
  'agent:signal': AgentSignalSchema,
  'command:request': CommandRequestSchema,
  'agent:command': CommandRequestSchema,
  'command:interrupt': CommandInterruptSchema,
  'command:cancel': command,
  'command:move': CommandMoveSchema,
  'command:edit': CommandEditSchema,
  'command:retry': command,
  'agent:get_state': agent,
  'agent:seen': agent,
  'driver:request': DriverRequestSchema,
  'driver:release': agent,
  'driver:grant': DriverGrantSchema,
  'driver:decline': DriverDeclineSchema,
  'subscribe:agent': SubscribeAgentSchema,
  unsubscribe: z.object({ subscriptionId: MessageIdSchema }),
  'flow:ack': PositionSchema,
} as const satisfies Record<string, z.ZodType>;
