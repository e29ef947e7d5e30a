import { HostSessionSchema, LIMITS, UploadedFileSchema } from '@muster/protocol';
import * as z from 'zod';
import { ruleOf } from './rule.ts';
import type { Rows } from './types.ts';

const { least } = ruleOf('chat:message');

export const FILES = {
  'POST /api/conversations/:id/files': {
    ...ruleOf('chat:message'),
    summary:
      'Uploads a file for a message, at most 5 MiB: its bytes with their content type, or a form with one file.',
    takesFile: true,
    query: z.object({ name: z.string().max(LIMITS.textChars).optional() }),
    answer: UploadedFileSchema,
    status: 201,
  },
  'GET /api/conversations/:id/files/:fileId': {
    least: ruleOf('conversation:join').least,
    writes: false,
    bucket: 'read',
    summary: 'The bytes of a file that was uploaded: an image to be shown, any other to be saved.',
  },
  'GET /api/agents/:agentId/files': {
    least,
    writes: false,
    bucket: 'read',
    summary: 'Files under its workspace whose paths look like `query`, at most 50, the best first.',
    query: z.object({ query: z.string().max(LIMITS.pathQueryChars).default('') }),
    answer: z.object({ files: z.array(z.string()) }),
  },
  'GET /api/agents/:agentId/sessions': {
    least,
    writes: false,
    bucket: 'search',
    summary: 'Sessions on its host that a new conversation can go on with (`after`: the `next` before).',
    query: z.object({ after: z.string().min(1).max(LIMITS.textChars).optional() }),
    answer: z.object({ sessions: z.array(HostSessionSchema), next: z.string().nullable() }),
  },
} as const satisfies Rows;
