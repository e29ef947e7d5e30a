import * as z from 'zod';
import {
  AgentKindSchema,
  AgentStatusSchema,
  AgentSummarySchema,
  HostSummarySchema,
  ProgramSchema,
  RestartPolicySchema,
  TerminalSizeSchema,
} from '../agent.ts';
import { CommandEndSchema, CommandIdSchema, CommandStatusSchema, CommandsSchema } from '../command.ts';
import { ErrorCodeSchema, WireErrorSchema } from '../errors.ts';
import {
  AgentIdSchema,
  AgentUidSchema,
  ClientIdSchema,
  EpochSchema,
  MessageIdSchema,
  PositionSchema,
  SequenceSchema,
} from '../ids.ts';
import { KeyboardReasonSchema, KeyboardSchema, MemberClientSchema, WatcherSchema } from '../keyboard.ts';
import { LIMITS } from '../limits.ts';
import { MemberSchema } from '../members.ts';
import { PUSH_SERVER_MESSAGES } from '../push/messages.ts';
import { recordOf } from '../record.ts';
import { CONVERSATION_SERVER_MESSAGES } from './server-conversations.ts';

/** Server → viewer: what lobby, room and gateway send. */
const time = z.number().min(0);
const text = z.string().max(LIMITS.textChars);
const revision = z.number().int().min(0);

export const StreamNameSchema = z.enum(['stdout', 'stderr']);
export type StreamName = z.infer<typeof StreamNameSchema>;

export const AgentStateSchema = z.object({
  agentId: AgentIdSchema,
  agentUid: AgentUidSchema,
  /** R1: state with a lower revision than the one held is not applied. */
  revision,
  /** S6: the state already holds everything up to here; null before the first frame. */
  asOf: PositionSchema.nullable(),
  agent: AgentSummarySchema,
  /** The program, and its workspace. */
  program: ProgramSchema.optional(),
  workspace: z.string().max(LIMITS.pathChars),
  restart: RestartPolicySchema,
  kind: AgentKindSchema,
  /** The pty's size now; null for pipes. */
  terminal: TerminalSizeSchema.nullable(),
  /** P8: whether its keeper answers what programs ask their terminal; absent: not known. Only where not, the driver's page does. */
  keeperAnswers: z.boolean().optional(),
  /** S5: absent: no. */
  recording: z.boolean().optional(),
  /** X7: absent: yes. */
  redaction: z.boolean().optional(),
  reason: text.optional(),
  /** B9; absent for pipes, which have no one keyboard. */
  keyboard: KeyboardSchema.optional(),
  /** Q9; absent: it has none. */
  commands: CommandsSchema.optional(),
});
export type AgentState = z.infer<typeof AgentStateSchema>;

export const AckSchema = z.object({
  messageId: MessageIdSchema,
  success: z.boolean(),
  error: WireErrorSchema.optional(),
  result: recordOf(z.string().max(64), z.unknown(), LIMITS.recordEntries).optional(),
});
export type Ack = z.infer<typeof AckSchema>;

export const SERVER_MESSAGES = {
  'connection:ack': z.object({
    connectionId: MessageIdSchema,
    sessionId: MessageIdSchema,
    serverVersion: z.string().max(64),
    features: z.array(z.string().max(64)).max(64),
    resumed: z.boolean(),
    member: MemberSchema,
    /** ms between heartbeats that the client is asked to keep. */
    heartbeatInterval: z.number().int().positive(),
    /** ms since 1970. */
    tokenExpiresAt: time,
  }),
  'agent:list': z.object({ agents: z.array(AgentSummarySchema).max(LIMITS.agentsPerTeam) }),
  'host:list': z.object({ hosts: z.array(HostSummarySchema).max(LIMITS.hostsPerTeam) }),
  'agent:created': z.object({
    agentId: AgentIdSchema,
    name: z.string().max(LIMITS.nameChars),
    pid: z.number().int().optional(),
    startTime: time.optional(),
  }),
  'agent:deleted': z.object({ agentId: AgentIdSchema, agentUid: AgentUidSchema }),
  'agent:status': z.object({
    agentId: AgentIdSchema,
    status: AgentStatusSchema,
    connection: z.enum(['online', 'offline']),
    details: z.object({
      pid: z.number().int().optional(),
      /** ms since the program started. */
      uptime: z.number().optional(),
      lastActivity: time.optional(),
      exitCode: z.number().int().optional(),
      signal: z.string().max(32).optional(),
      reason: text.optional(),
    }),
    agent: AgentSummarySchema,
    /** Only from a room (R1). */
    revision: revision.optional(),
  }),
  'agent:state': AgentStateSchema,
  /** Plain sockets only; canonical ones get binary batches (G1, S12). */
  'agent:output': z.object({
    agentId: AgentIdSchema,
    stream: StreamNameSchema,
    data: z.string().max(LIMITS.messageBytes),
    timestamp: time,
    sequence: SequenceSchema,
  }),
  /**
   * S14, plain sockets only: `data`, written to a fresh terminal of this size, gives the screen after `sequence`;
   * output goes on from there.
   */
  'terminal:snapshot': z.object({
    agentId: AgentIdSchema,
    epoch: EpochSchema,
    sequence: SequenceSchema,
    cols: TerminalSizeSchema.shape.cols,
    rows: TerminalSizeSchema.shape.rows,
    data: z.string().max(LIMITS.messageBytes),
  }),
  'agent:error': z.object({
    agentId: AgentIdSchema,
    error: z.object({ code: ErrorCodeSchema, message: text }),
  }),
  /** I2: every input of this client up to here reached the program. */
  'input:ack': z.object({ agentId: AgentIdSchema, clientId: ClientIdSchema, inputSequence: SequenceSchema }),
  /** R2: queued, running, then how it ended. Told to every socket; a retry is a command of its own. */
  'command:status': CommandEndSchema.extend({
    commandId: CommandIdSchema,
    agentId: AgentIdSchema,
    status: CommandStatusSchema,
    attempt: z.number().int().min(1),
    /** The command it tries again, and the one that tries this again. */
    retryOf: CommandIdSchema.optional(),
    retriedBy: CommandIdSchema.optional(),
    /** Why, in a person's words (Q7). */
    reason: text.optional(),
    /** R2: the stream position before this message; a reader that is not there yet receives it then. Absent: none. */
    asOf: PositionSchema.optional(),
  }),
  /** Q9, R1: all there is of the agent's commands. */
  'command:queue': CommandsSchema.extend({ agentId: AgentIdSchema, revision }),
  /** Plain sockets only: what a command prints, counted per command from 1. */
  'terminal:output': z.object({
    commandId: CommandIdSchema,
    agentId: AgentIdSchema,
    stream: StreamNameSchema,
    data: z.string().max(LIMITS.messageBytes),
    timestamp: time,
    sequence: SequenceSchema,
  }),
  /** B9, R1: who drives now, and who asks. `by`: the client that caused it; null: none, such as when a driver left. */
  'driver:changed': KeyboardSchema.extend({
    agentId: AgentIdSchema,
    revision,
    by: MemberClientSchema.nullable(),
    reason: KeyboardReasonSchema,
  }),
  /** R1: the complete list of viewers. Beyond `LIMITS.watchersListed` only `total` counts them. */
  'presence:update': z.object({
    agentId: AgentIdSchema,
    watchers: z.array(WatcherSchema).max(LIMITS.watchersListed),
    total: z.number().int().min(0),
  }),
  'replay:begin': z.object({ agentId: AgentIdSchema, from: PositionSchema.nullable() }),
  'replay:gap': z.object({
    agentId: AgentIdSchema,
    epoch: EpochSchema.nullable(),
    from: SequenceSchema,
    /** null: to an end nobody knows (S6a). */
    to: SequenceSchema.nullable(),
    bytes: z.number().optional(),
  }),
  'replay:end': z.object({ agentId: AgentIdSchema, at: PositionSchema.nullable() }),
  'stream:epoch': z.object({
    agentId: AgentIdSchema,
    ended: z.object({ epoch: EpochSchema, last: SequenceSchema.nullable() }).nullable(),
    epoch: EpochSchema,
  }),
  ...CONVERSATION_SERVER_MESSAGES,
  ...PUSH_SERVER_MESSAGES,
  'system:message': z.object({ message: text, reason: z.string().max(64).optional() }),
  'auth:expiring': z.object({ expiresAt: time }),
  /** X5: the socket's member from now on: the same one under another role or name. */
  'member:changed': MemberSchema,
  ack: AckSchema,
  error: WireErrorSchema,
  heartbeat: z.object({ sequence: SequenceSchema.optional() }),
  pong: z.object({ timestamp: z.number().optional() }),
} as const satisfies Record<string, z.ZodType>;

export type ServerType = keyof typeof SERVER_MESSAGES;
export type ServerMessage = {
  [T in ServerType]: { readonly type: T; readonly payload: z.output<(typeof SERVER_MESSAGES)[T]> };
}[ServerType];
export type ServerPayload<T extends ServerType> = z.output<(typeof SERVER_MESSAGES)[T]>;
