import * as z from 'zod';
import { HostFactsSchema } from '../agent.ts';
import { PlacementSchema } from '../agent-spec.ts';
import { WireErrorSchema } from '../errors.ts';
import { AgentUidSchema, GenerationSchema, HostIdSchema, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';

/** Runner ⇄ lobby. One socket per host. */

/** Runner → lobby. */
export const RUNNER_MESSAGES = {
  'runner:hello': z.object({
    hostId: HostIdSchema,
    version: z.string().max(64),
    facts: HostFactsSchema,
    /** Every keeper it has, healthy or being looked for. */
    agents: z
      .array(z.object({ agentUid: AgentUidSchema, generation: GenerationSchema, healthy: z.boolean() }))
      .max(LIMITS.agentsPerHost * 2),
  }),
  /** Answers `agent:place`: the keeper is up and, with autostart, its program runs; or nothing of it is left. */
  'agent:placed': z.object({
    requestId: MessageIdSchema,
    agentUid: AgentUidSchema,
    generation: GenerationSchema,
    pid: z.number().int().positive().optional(),
    startedAt: z.number().int().min(0).optional(),
    error: WireErrorSchema.optional(),
  }),
  'agent:removed': z.object({ requestId: MessageIdSchema, agentUid: AgentUidSchema }),
  /** Whether the keeper lives and has its room. */
  'keeper:link': z.object({ agentUid: AgentUidSchema, healthy: z.boolean() }),
} as const satisfies Record<string, z.ZodType>;

/** Lobby → runner. */
export const TO_RUNNER_MESSAGES = {
  /** The whole truth: a keeper that is not listed, or has a lower generation, is ended and its spool archived. */
  'lobby:welcome': z.object({
    agents: z
      .array(
        PlacementSchema.extend({
          /** P10: as far as its room knows, its program runs or its policy is to start it again. Absent: not known. */
          wanted: z.boolean().optional(),
        }),
      )
      .max(LIMITS.agentsPerHost),
  }),
  /** A new agent, or a new spec of one it has (same generation): then it applies at the program's next start. */
  'agent:place': PlacementSchema.extend({ requestId: MessageIdSchema }),
  'agent:remove': z.object({ requestId: MessageIdSchema, agentUid: AgentUidSchema }),
} as const satisfies Record<string, z.ZodType>;

export type RunnerType = keyof typeof RUNNER_MESSAGES;
export type RunnerMessage = {
  [T in RunnerType]: { readonly type: T; readonly payload: z.output<(typeof RUNNER_MESSAGES)[T]> };
}[RunnerType];
export type ToRunnerType = keyof typeof TO_RUNNER_MESSAGES;
export type ToRunnerMessage = {
  [T in ToRunnerType]: { readonly type: T; readonly payload: z.output<(typeof TO_RUNNER_MESSAGES)[T]> };
}[ToRunnerType];
