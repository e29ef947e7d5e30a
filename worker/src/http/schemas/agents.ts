import {
  AgentIdSchema,
  AgentStateSchema,
  AgentSummarySchema,
  StoredPolicySchema,
  VIEWER_SCHEMAS,
} from '@muster/protocol';
import * as z from 'zod';
import { EVERY_AGENT, ruleOf } from './rule.ts';
import type { Rows } from './types.ts';
import { done, list, time } from './words.ts';

/** The path names the agent. */
const named = { agentId: true } as const;
const messages = VIEWER_SCHEMAS;

/** A row of what a program is made to do. */
const does = (summary: string, body?: z.ZodType) => ({
  summary,
  answer: done,
  ...(body === undefined ? {} : { body }),
});

export const AGENTS = {
  'GET /api/agents': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'All agents.',
    answer: list('agents', AgentSummarySchema),
  },
  'POST /api/agents': {
    ...ruleOf('agent:create'),
    summary: 'Creates an agent.',
    body: messages['agent:create'],
    answer: z.object({ agentId: AgentIdSchema }).loose(),
    status: 201,
  },
  'GET /api/agents/:agentId': {
    least: ruleOf('agent:get_state').least,
    writes: false,
    bucket: 'read',
    summary: 'Everything about one agent.',
    answer: AgentStateSchema,
  },
  /** X24: it counts what the whole lobby has done, as the length of the audit log does. */
  'GET /api/agents/:agentId/usage': {
    least: EVERY_AGENT,
    writes: false,
    bucket: 'search',
    summary: 'What its room and the lobby have cost.',
  },
  'GET /api/agents/:agentId/recording': {
    least: ruleOf('subscribe:agent').least,
    writes: false,
    bucket: 'search',
    summary:
      'All it printed and its room still has, or a part of it, as asciicast v2 (`from`, `to`: ms since 1970).',
    query: z
      .object({ from: time.optional(), to: time.optional() })
      .refine(({ from = 0, to = from }) => from <= to, { path: ['to'], error: 'must not be before from' }),
  },
  'PATCH /api/agents/:agentId': {
    ...ruleOf('agent:update'),
    summary: 'Changes an agent; it applies at the next start.',
    body: messages['agent:update'].omit(named),
    answer: z.object({ agentId: AgentIdSchema }),
  },
  'GET /api/agents/:agentId/policy': {
    least: ruleOf('agent:get_state').least,
    writes: false,
    bucket: 'read',
    summary: 'What the agent may do without asking people, and what must ask.',
    answer: StoredPolicySchema,
  },
  'PUT /api/agents/:agentId/policy': {
    ...ruleOf('policy:change'),
    summary:
      'The whole policy anew; 409 where it has another `revision` by now. The host follows it at once.',
    body: messages['policy:change'].omit(named),
    answer: StoredPolicySchema,
  },
  'DELETE /api/agents/:agentId': {
    ...ruleOf('agent:delete'),
    summary: 'Deletes an agent and ends its program.',
    answer: done.loose(),
  },
  'POST /api/agents/:agentId/start': { ...ruleOf('agent:start'), ...does('Starts its program.') },
  'POST /api/agents/:agentId/terminate': {
    ...ruleOf('agent:terminate'),
    ...does(
      'Ends its program and all it started: SIGTERM, 10 s, SIGKILL; `force`: SIGKILL.',
      messages['agent:terminate'].omit(named),
    ),
  },
  'POST /api/agents/:agentId/pause': { ...ruleOf('agent:pause'), ...does('Stops it where it is (SIGSTOP).') },
  'POST /api/agents/:agentId/resume': { ...ruleOf('agent:resume'), ...does('Lets it go on (SIGCONT).') },
  'POST /api/agents/:agentId/restart': {
    ...ruleOf('agent:restart'),
    ...does('Ends and starts its program.', messages['agent:restart'].omit(named)),
  },
  'POST /api/agents/:agentId/input': {
    ...ruleOf('agent:input'),
    ...does('Types into its program.', messages['agent:input'].omit(named)),
  },
  'POST /api/agents/:agentId/resize': {
    ...ruleOf('agent:resize'),
    ...does('Sizes its terminal.', messages['agent:resize'].omit(named)),
  },
  'POST /api/agents/:agentId/signal': {
    ...ruleOf('agent:signal'),
    ...does('Sends its program a signal.', messages['agent:signal'].omit(named)),
  },
} as const satisfies Rows;
