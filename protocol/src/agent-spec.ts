import * as z from 'zod';
import {
  AgentKindSchema,
  EnvironmentSchema,
  LabelsSchema,
  ProgramSchema,
  ResourceLimitsSchema,
  RestartPolicySchema,
  SecretNamesSchema,
  type SecretsSchema,
  ShellSchema,
  TerminalSizeSchema,
  WorkspaceSchema,
} from './agent.ts';
import { AgentPolicySchema } from './conversations/policy.ts';
import { AgentIdSchema, AgentNameSchema, AgentUidSchema, GenerationSchema, HostIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';

/** The two lists of an agent's spec. Hosts of 0.1.0 know the first, and only as a list. */
export function secretsOfSpec(
  secrets: z.infer<typeof SecretsSchema>,
): Pick<AgentSpec, 'secrets' | 'notSecrets'> {
  if (Array.isArray(secrets)) return { secrets, notSecrets: [] };
  const names = (is: boolean) => Object.keys(secrets).filter((name) => secrets[name] === is);
  return { secrets: names(true), notSecrets: names(false) };
}

/** Everything a host needs to run an agent: what `agent:place` carries and the lobby keeps. */
export const AgentSpecSchema = z.object({
  agentUid: AgentUidSchema,
  agentId: AgentIdSchema,
  name: AgentNameSchema,
  kind: AgentKindSchema,
  hostId: HostIdSchema,
  /** Absent: the agent only runs commands. */
  program: ProgramSchema.optional(),
  workspace: WorkspaceSchema,
  environment: EnvironmentSchema.default({}),
  resourceLimits: ResourceLimitsSchema.optional(),
  /** The pty's first size; absent for pipes. */
  terminal: TerminalSizeSchema.optional(),
  restart: RestartPolicySchema,
  autostart: z.boolean(),
  /** Q2: commands at a time; absent: 1. */
  concurrency: z.number().int().min(1).max(LIMITS.runningCommands).optional(),
  labels: LabelsSchema.default({}),
  /** S5: the room keeps its output by retention; absent: as much as coming back needs. */
  recording: z.boolean().optional(),
  /** X21: they hold secrets, whatever their names. */
  secrets: SecretNamesSchema.optional(),
  /** X21: they hold none, whatever their names and values. */
  notSecrets: SecretNamesSchema.optional(),
  /** P9: what reads the lines of its commands; absent: `/bin/sh`. */
  shell: ShellSchema.optional(),
  /** X7: its host masks secrets in what it prints; absent: yes. */
  redaction: z.boolean().optional(),
  /** C9: with which it was created; its room has the one of now. */
  policy: AgentPolicySchema.optional(),
});
export type AgentSpec = z.infer<typeof AgentSpecSchema>;

export const PlacementSchema = z.object({ spec: AgentSpecSchema, generation: GenerationSchema });
export type Placement = z.infer<typeof PlacementSchema>;
