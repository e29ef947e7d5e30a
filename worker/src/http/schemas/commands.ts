import {
  CommandIdSchema,
  CommandRowSchema,
  CommandsSchema,
  EventRowSchema,
  OutputPageSchema,
  VIEWER_SCHEMAS,
} from '@muster/protocol';
import * as z from 'zod';
import { ruleOf } from './rule.ts';
import type { Rows } from './types.ts';
import { place } from './words.ts';

/** The path names the command. */
const ordered = { commandId: true } as const;
const messages = VIEWER_SCHEMAS;
/** Where it is in the queue; 0: it does not wait. */
const placed = z.object({ commandId: CommandIdSchema, position: z.number() });

export const COMMANDS = {
  'GET /api/agents/:agentId/commands': {
    least: ruleOf('agent:get_state').least,
    writes: false,
    bucket: 'read',
    summary: 'Its queue in order, what runs, and what ended last, newest first.',
    answer: CommandsSchema,
  },
  'POST /api/agents/:agentId/commands': {
    ...ruleOf('command:request'),
    summary: 'Asks it to run a command: it waits for its turn.',
    body: messages['command:request'].omit({ agentId: true }),
    answer: placed,
    status: 201,
  },
  'GET /api/commands/:id': {
    least: 'viewer',
    writes: false,
    bucket: 'read',
    summary: 'One command and its steps, newest first.',
    answer: z.object({ command: CommandRowSchema, events: z.array(EventRowSchema) }),
  },
  'GET /api/commands/:id/output': {
    least: ruleOf('subscribe:agent').least,
    writes: false,
    bucket: 'search',
    summary:
      'What it printed and its room still has, as text, as asciicast v2 or in pages that tell its streams apart (`json`; `after`: the `next` of the page before); what is missing is marked.',
    query: z.object({ format: z.enum(['text', 'cast', 'json']).default('text'), after: place.optional() }),
    answer: OutputPageSchema,
  },
  'POST /api/commands/:id/interrupt': {
    ...ruleOf('command:interrupt'),
    summary: 'Cancels what waits; what runs hears SIGINT, SIGTERM, SIGKILL, 5 s apart; `force`: SIGKILL.',
    body: messages['command:interrupt'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/cancel': {
    ...ruleOf('command:cancel'),
    summary: 'Takes it out of the queue.',
    answer: placed,
  },
  'POST /api/commands/:id/move': {
    ...ruleOf('command:move'),
    summary: 'To another place in the queue, among its own priority.',
    body: messages['command:move'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/edit': {
    ...ruleOf('command:edit'),
    summary: 'Changes its line while it waits.',
    body: messages['command:edit'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/retry': {
    ...ruleOf('command:retry'),
    summary: 'Runs it again, after its end, as a command of its own.',
    answer: placed,
    status: 201,
  },
} as const satisfies Rows;
