import * as z from 'zod';
import { attentionText } from './attention-text.ts';
import {
  AgentIdSchema,
  AgentNameSchema,
  AgentUidSchema,
  EpochSchema,
  HostIdSchema,
  MemberIdSchema,
  SequenceSchema,
} from './ids.ts';
import { LIMITS } from './limits.ts';
import { recordOf } from './record.ts';

/** NUL and control characters other than tab and newline never reach a program's arguments (P1); CRLF is LF (P9). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
export const plainText = (max: number, tooLong = `must have at most ${max} characters`) =>
  z
    .string()
    .overwrite((text) => text.replaceAll('\r\n', '\n'))
    .max(max, tooLong)
    .refine((text) => !text.includes('\r'), 'must not hold a carriage return, unless a newline follows it')
    .refine((text) => !CONTROL.test(text), 'must not hold control characters');

export const ProgramSchema = z.object({
  /** argv[0]: a path, or a name looked up in the host's PATH. */
  command: plainText(LIMITS.pathChars).min(1, 'must not be empty'),
  args: z.array(plainText(LIMITS.argumentChars)).max(LIMITS.argumentCount).default([]),
});
export type Program = z.infer<typeof ProgramSchema>;

const cells = z
  .number()
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(LIMITS.terminalCells, `must be at most ${LIMITS.terminalCells}`);
export const TerminalSizeSchema = z.object({ cols: cells, rows: cells });
export type TerminalSize = z.infer<typeof TerminalSizeSchema>;

/**
 * `process`: pipes, stdout and stderr apart. `terminal`: a pty. `acp`: an adapter per conversation (C4). `echo`: the test
 * program inside the keeper.
 */
export const AGENT_KINDS = ['terminal', 'process', 'acp', 'echo'] as const;
export const AgentKindSchema = z.enum(AGENT_KINDS);
export type AgentKind = z.infer<typeof AgentKindSchema>;

/** The kind under which a client that knows no conversations is told of an agent. */
export const kindForOlderClients = (kind: AgentKind): AgentKind => (kind === 'acp' ? 'process' : kind);

/** What a client's address names when it knows conversations: `?features=acp`. */
export const CONVERSATIONS_FEATURE = 'acp';

export const RestartPolicySchema = z.enum(['never', 'on-failure', 'always']);
export type RestartPolicy = z.infer<typeof RestartPolicySchema>;

const VariableNameSchema = z
  .string()
  .max(LIMITS.environmentNameChars)
  .regex(/^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name');
export const EnvironmentSchema = recordOf(
  VariableNameSchema,
  z
    .string()
    .max(LIMITS.environmentValueChars)
    .refine((text) => !text.includes('\0'), 'must not hold NUL'),
  LIMITS.environmentEntries,
);

/** Names of variables. */
export const SecretNamesSchema = z.array(VariableNameSchema).max(LIMITS.environmentEntries);

/**
 * X21: which variables hold secrets, beside those that are recognised: their names, or an object in which `false` says
 * of one that it holds none.
 */
export const SecretsSchema = z.union(
  [SecretNamesSchema, recordOf(VariableNameSchema, z.boolean(), LIMITS.environmentEntries)],
  'must be a list of variable names, or an object of names with true or false',
);

/** P9: what reads a command's line. */
export const ShellSchema = plainText(LIMITS.pathChars).regex(
  /^\/./,
  'must be an absolute path, such as /bin/bash',
);

export const LabelsSchema = recordOf(
  z
    .string()
    .max(LIMITS.labelChars)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be a label name'),
  z.string().max(LIMITS.labelChars),
  LIMITS.labelEntries,
);

export const WorkspaceSchema = plainText(LIMITS.pathChars).min(1, 'must not be empty');

export const ResourceLimitsSchema = z.object({
  /** MB. */
  memory: z.number().positive().max(16_777_216).optional(),
  /** Cores. */
  cpu: z.number().positive().max(1024).optional(),
});

export const AgentStatusSchema = z.enum(['starting', 'running', 'paused', 'stopping', 'stopped', 'crashed']);
export type AgentStatus = z.infer<typeof AgentStatusSchema>;

/** A POSIX signal a person may send (agent:signal). */
export const SignalNameSchema = z.enum([
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGWINCH',
]);
export type SignalName = z.infer<typeof SignalNameSchema>;

const time = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A program that ends by itself and is started again, over and over: how often in a row, how it last ended, what next. */
export const CrashesSchema = z.object({
  /** Ends in a row, each less than a minute after its start. */
  count: z.number().int().min(1),
  /** Of the last end. */
  exitCode: z.number().int().optional(),
  signal: z.string().max(32).optional(),
  /** When it is started again, ms since 1970; absent: it was. */
  nextTryAt: time.optional(),
});
export type Crashes = z.infer<typeof CrashesSchema>;

/** The keeper's report of its program; `status` everywhere is this value (R3). Times: ms since 1970. */
export const ProgramStateSchema = z.object({
  status: AgentStatusSchema,
  pid: z.number().int().positive().optional(),
  startedAt: time.optional(),
  /** Absent after a signal, or when nobody saw the program end. */
  exitCode: z.number().int().optional(),
  signal: z.string().max(32).optional(),
  /** A word on why, where the numbers do not tell: `restarting in 4 s`, `the keeper was killed`. */
  reason: z.string().max(LIMITS.textChars).optional(),
  /** Absent: it does not end again and again. Kept until it was up for a minute. */
  crashes: CrashesSchema.optional(),
});
export type ProgramState = z.infer<typeof ProgramStateSchema>;

/**
 * C13a: a program in a terminal asks for a person, by its bell, by a notification (OSC 9, 99, 777) or by a title that
 * says that it waits. `tripwire`: its room says that a tool ran without asking (C9).
 */
export const AttentionSchema = z.object({
  kind: z.enum(['bell', 'notification', 'title', 'tripwire']),
  /** ms since 1970: by the host's clock in the stream, by the server's elsewhere. */
  since: time,
  /** The program's own words, made harmless; of a bell the terminal's title. May be empty. */
  text: z.string().max(LIMITS.textChars).overwrite(attentionText),
});
export type Attention = z.infer<typeof AttentionSchema>;

const count = z.number().int().min(0);

/** One agent as an agent list shows it. */
export const AgentSummarySchema = z.object({
  agentId: AgentIdSchema,
  agentUid: AgentUidSchema,
  name: AgentNameSchema,
  kind: AgentKindSchema,
  hostId: HostIdSchema,
  status: AgentStatusSchema,
  connection: z.enum(['online', 'offline']),
  busy: z.boolean(),
  pid: z.number().int().optional(),
  exitCode: z.number().int().optional(),
  signal: z.string().max(32).optional(),
  crashes: CrashesSchema.optional(),
  startedAt: time.optional(),
  connectedAt: time.optional(),
  lastActivity: time,
  queueLength: count,
  runningCommands: count,
  pendingPermissions: count,
  viewers: count,
  driver: MemberIdSchema.optional(),
  /** Absent: its program asks for nobody, or its host does not tell. */
  attention: AttentionSchema.optional(),
  labels: LabelsSchema,
});
export type AgentSummary = z.infer<typeof AgentSummarySchema>;

/**
 * The half of a summary that the room tells the lobby (R3); the lobby adds name, host and connection.
 */
export const RoomSummarySchema = AgentSummarySchema.pick({
  status: true,
  busy: true,
  pid: true,
  exitCode: true,
  signal: true,
  crashes: true,
  startedAt: true,
  lastActivity: true,
  queueLength: true,
  runningCommands: true,
  pendingPermissions: true,
  viewers: true,
  driver: true,
  attention: true,
});
export type RoomSummary = z.infer<typeof RoomSummarySchema>;

/** A known adapter on a host. `lacks` absent: it can be started there. */
export const AdapterFoundSchema = z.object({
  name: z.string().max(LIMITS.nameChars),
  lacks: z.enum(['program', 'node']).optional(),
});
export type AdapterFound = z.infer<typeof AdapterFoundSchema>;

/** A machine as a viewer sees it. */
export const HostSummarySchema = z.object({
  hostId: HostIdSchema,
  name: z.string().max(LIMITS.nameChars),
  connection: z.enum(['online', 'offline']),
  version: z.string().max(64).optional(),
  platform: z.string().max(64).optional(),
  cpus: count.optional(),
  /** Bytes. */
  memory: count.optional(),
  /** Directories under which agents may work (X9). */
  roots: z.array(z.string().max(LIMITS.pathChars)).max(LIMITS.rootCount),
  /** The first root, or what the host prefers: where a new agent starts unless it says otherwise. */
  defaultWorkspace: z.string().max(LIMITS.pathChars).optional(),
  agents: count,
  /** Of the programs that pages offer, those that it has; absent: it does not tell. */
  programs: z.array(z.string().max(LIMITS.nameChars)).max(64).optional(),
  /** C4: kinds that it takes, and adapters; absent: it does not tell. */
  kinds: z.array(z.string().max(64)).max(64).optional(),
  adapters: z.array(AdapterFoundSchema).max(64).optional(),
  lastSeen: time.optional(),
  /** X4: since when its key is no longer good; absent: it is. */
  revokedAt: time.optional(),
});
export type HostSummary = z.infer<typeof HostSummarySchema>;

/** Programs that pages offer to start by one press; a host tells which of them it has. */
export const OFFERED_PROGRAMS = ['bash', 'claude', 'codex', 'gemini', 'opencode'] as const;

/** Everything a host says about itself on hello. */
export const HostFactsSchema = z.object({
  name: z.string().min(1).max(LIMITS.nameChars),
  platform: z.string().max(64),
  arch: z.string().max(32),
  cpus: count,
  /** Bytes. */
  memory: count,
  /** Changes with every boot (S1). */
  bootId: z.string().max(128),
  roots: z.array(z.string().max(LIMITS.pathChars)).min(1).max(LIMITS.rootCount),
  defaultWorkspace: z.string().max(LIMITS.pathChars),
  /** How P2 is kept here. */
  containment: z.enum(['cgroup', 'process-table']),
  /** Of the programs that pages offer (`OFFERED_PROGRAMS`), those that are on its PATH; absent: it does not tell. */
  programs: z.array(z.string().max(LIMITS.nameChars)).max(64).optional(),
  /** C4: the kinds of agents that its runner knows; absent: those of 0.2.0, which has no `acp`. */
  kinds: z.array(z.string().max(64)).max(64).optional(),
  /** Of the known adapters (`ADAPTERS`), what this host has, and what it lacks for the others. */
  adapters: z.array(AdapterFoundSchema).max(64).optional(),
});
export type HostFacts = z.infer<typeof HostFactsSchema>;

/** `asOf`, `epoch`: see S6. */
export const PositionOrNoneSchema = z.object({ epoch: EpochSchema, sequence: SequenceSchema }).nullable();
