import {
  CommandRowSchema,
  EventRowSchema,
  HistoryMatchSchema,
  LIMITS,
  PastAgentSchema,
} from '@muster/protocol';
import * as z from 'zod';
import type { Rows } from './types.ts';
import { about, limit, named, next, sequence, time, whole } from './words.ts';

const MIN_EXIT = -(2 ** 31);
const MAX_EXIT = 2 ** 32 - 1;

const page = { limit, before: sequence.optional(), since: time.optional(), until: time.optional() };
const commands = {
  ...page,
  ...about,
  status: z
    .string()
    .regex(/^[a-z]{1,32}$/, 'must be a status')
    .optional(),
  exit: whole.min(MIN_EXIT).max(MAX_EXIT).optional(),
};
/** Words that must all be found, as wholes; nothing in it is syntax. */
const words = z.string().max(LIMITS.messageIdChars * 8);

export const PAST = {
  'GET /api/history/agents': {
    least: 'viewer',
    writes: false,
    bucket: 'search',
    summary: 'Agents, the youngest first, those that were deleted among them.',
    query: z.object(page),
    answer: z.object({ agents: z.array(PastAgentSchema), next }),
  },
  'GET /api/history/commands': {
    least: 'viewer',
    writes: false,
    bucket: 'search',
    summary: 'Commands, newest first, by agent, member, status, exit code, time (ms since 1970) and words.',
    query: z.object({ ...commands, text: words.optional() }),
    answer: z.object({ commands: z.array(CommandRowSchema), next }),
  },
  'GET /api/history/search': {
    least: 'viewer',
    writes: false,
    bucket: 'search',
    summary: 'Where words stand in commands, in what they printed and in conversations, newest first.',
    query: z.object({
      ...commands,
      text: words,
      in: z.enum(['command', 'output', 'conversation']).optional(),
    }),
    answer: z.object({ matches: z.array(HistoryMatchSchema), next }),
  },
  'GET /api/history/events': {
    least: 'viewer',
    writes: false,
    bucket: 'search',
    summary: 'Steps of commands, newest first.',
    query: z.object({ ...page, agent: about.agent, command: named }),
    answer: z.object({ events: z.array(EventRowSchema), next }),
  },
} as const satisfies Rows;
