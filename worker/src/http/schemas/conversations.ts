import {
  ConversationIdSchema,
  ConversationStateSchema,
  ConversationSummarySchema,
  LIMITS,
  MessageIdSchema,
  RequestCardSchema,
  StoredItemSchema,
  VIEWER_SCHEMAS,
} from '@muster/protocol';
import * as z from 'zod';
import { ruleOf } from './rule.ts';
import type { Rows } from './types.ts';
import { done, next, whole } from './words.ts';

const messages = VIEWER_SCHEMAS;
const conversationId = { conversationId: true } as const;
const permissionId = { permissionId: true } as const;
const reads = { least: ruleOf('conversation:join').least, writes: false, bucket: 'read' } as const;

export const CONVERSATIONS = {
  'GET /api/agents/:agentId/conversations': {
    ...reads,
    summary: 'Its conversations, newest first.',
    answer: z.object({ conversations: z.array(ConversationSummarySchema), next }),
  },
  'POST /api/agents/:agentId/conversations': {
    ...ruleOf('conversation:create'),
    summary: "Begins a conversation; `resume`: with a session of the agent's own.",
    body: messages['conversation:create'].omit({ agentId: true }),
    answer: z.object({ conversationId: ConversationIdSchema }),
    status: 201,
  },
  'GET /api/conversations/:id': {
    ...reads,
    summary: 'All there is of a conversation but its items.',
    answer: ConversationStateSchema,
  },
  'DELETE /api/conversations/:id': {
    ...ruleOf('conversation:close'),
    summary: 'Closes it: what is open in it is withdrawn, and its items stay.',
    answer: done,
  },
  'GET /api/conversations/:id/messages': {
    ...reads,
    summary:
      'Its items, oldest first (`after`: the `next` of the page before; `before`: the newest below that index); `raw`: with what tools were given and printed.',
    query: z.object({
      after: whole.min(0).optional(),
      before: whole.min(0).optional(),
      limit: z.coerce.number().int().min(1).max(LIMITS.itemsPage).default(LIMITS.itemsOnJoin),
      raw: z.enum(['true', 'false']).default('false'),
    }),
    answer: z.object({ messages: z.array(StoredItemSchema), next }),
  },
  'GET /api/conversations/:id/export': {
    least: 'viewer',
    writes: false,
    bucket: 'search',
    summary: 'All of it as a file, oldest first: Markdown to read, or JSON with the items as they are.',
    query: z.object({ format: z.enum(['markdown', 'json']).default('markdown') }),
    answer: z.string(),
  },
  'POST /api/conversations/:id/messages': {
    ...ruleOf('chat:message'),
    summary: 'Says something to the agent: it waits for its turn. `steer`, `interrupt`: it does not.',
    body: messages['chat:message'].omit(conversationId),
    answer: z.object({ messageId: MessageIdSchema, position: z.number() }),
    status: 202,
  },
  'POST /api/conversations/:id/cancel': {
    ...ruleOf('conversation:cancel'),
    summary: 'Cancels the turn under way.',
    answer: done,
  },
  'GET /api/permissions/:id': {
    ...reads,
    summary: 'A request to people, whole, and what became of it.',
    answer: RequestCardSchema,
  },
  'POST /api/permissions/:id': {
    ...ruleOf('permission:respond'),
    summary: 'Answers it: an option, or what to do with a form. The first answer counts.',
    body: z.union([
      messages['permission:respond'].omit(permissionId),
      messages['elicitation:respond'].omit(permissionId),
    ]),
    answer: done,
  },
} as const satisfies Rows;
