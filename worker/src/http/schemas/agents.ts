import { AgentIdSchema, AgentStateSchema, AgentSummarySchema, VIEWER_MESSAGES } from '@muster/protocol';
import * as z from 'zod';
import type { Rows } from './types.ts';
import { done, list, time } from './words.ts';

/** The path names the agent. */
const named = { agentId: true } as const;
const messages = VIEWER_MESSAGES;

/** A row of what a program is made to do. */
const does = (summary: string, body?: z.ZodType) => ({
  summary,
  answer: done,
  ...(body === undefined ? {} : { body }),
});

export const AGENTS = {
  'GET /api/agents': { summary: 'All agents.', answer: list('agents', AgentSummarySchema) },
  'POST /api/agents': {
    summary: 'Creates an agent.',
    body: messages['agent:create'],
    answer: z.object({ agentId: AgentIdSchema }).loose(),
    status: 201,
  },
  'GET /api/agents/:agentId': { summary: 'Everything about one agent.', answer: AgentStateSchema },
  'GET /api/agents/:agentId/usage': { summary: 'What its room and the lobby have cost.' },
  'GET /api/agents/:agentId/recording': {
    summary:
      'All it printed and its room still has, or a part of it, as asciicast v2 (`from`, `to`: ms since 1970).',
    query: z
      .object({ from: time.optional(), to: time.optional() })
      .refine(({ from = 0, to = from }) => from <= to, { path: ['to'], error: 'must not be before from' }),
  },
  'PATCH /api/agents/:agentId': {
    summary: 'Changes an agent; it applies at the next start.',
    body: messages['agent:update'].omit(named),
    answer: z.object({ agentId: AgentIdSchema }),
  },
  'DELETE /api/agents/:agentId': { summary: 'Deletes an agent and ends its program.', answer: done.loose() },
  'POST /api/agents/:agentId/start': does('Starts its program.'),
  'POST /api/agents/:agentId/terminate': does(
    'Ends its program and all it started: SIGTERM, 10 s, SIGKILL; `force`: SIGKILL.',
    messages['agent:terminate'].omit(named),
  ),
  'POST /api/agents/:agentId/pause': does('Stops it where it is (SIGSTOP).'),
  'POST /api/agents/:agentId/resume': does('Lets it go on (SIGCONT).'),
  'POST /api/agents/:agentId/restart': does(
    'Ends and starts its program.',
    messages['agent:restart'].omit(named),
  ),
  'POST /api/agents/:agentId/input': does('Types into its program.', messages['agent:input'].omit(named)),
  'POST /api/agents/:agentId/resize': does('Sizes its terminal.', messages['agent:resize'].omit(named)),
  'POST /api/agents/:agentId/signal': does(
    'Sends its program a signal.',
    messages['agent:signal'].omit(named),
  ),
} as const satisfies Rows;
