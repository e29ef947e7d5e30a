import * as z from 'zod';
import { WireErrorSchema } from '../errors.ts';
import { MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { FileIdSchema } from './file.ts';

const time = z.number().min(0);
const path = z.string().min(1).max(LIMITS.pathChars);
const cursor = z.string().min(1).max(LIMITS.textChars);

/** C11: a session of the agent's own that it can go on with. `updatedAt`: ms since 1970; null: the agent tells none. */
export const HostSessionSchema = z.object({
  sessionId: z.string().min(1).max(512),
  title: z.string().max(LIMITS.titleChars).nullable(),
  updatedAt: time.nullable(),
  cwd: path,
});
export type HostSession = z.infer<typeof HostSessionSchema>;

/** What is asked of a host while somebody waits: nothing of it is kept, and it changes nothing. */
export const HostQuerySchema = z.discriminatedUnion('type', [
  /** Files under the workspace whose path looks like this. */
  z.object({ type: z.literal('files'), text: z.string().max(LIMITS.pathQueryChars) }),
  z.object({ type: z.literal('sessions'), cursor: cursor.optional() }),
]);
export type HostQuery = z.infer<typeof HostQuerySchema>;

export const HostAnswerSchema = z.discriminatedUnion('type', [
  /** Relative to the workspace, best first. */
  z.object({ type: z.literal('files'), files: z.array(path).max(LIMITS.pathsFound) }),
  z.object({
    type: z.literal('sessions'),
    sessions: z.array(HostSessionSchema).max(LIMITS.sessionsListed),
    next: cursor.optional(),
  }),
  z.object({ type: z.literal('refused'), error: WireErrorSchema }),
]);
export type HostAnswer = z.infer<typeof HostAnswerSchema>;

const file = z.object({ fileId: FileIdSchema });
const place = z.number().int().min(0).max(LIMITS.fileBytes);

/** Keeper → room: the bytes of uploaded files, and answers that somebody waits for. */
export const HOST_ANSWERS = {
  /** C15: a part of a file of this agent's conversations, from `offset`; answered by `file:part` or `file:gone`. */
  'file:read': file.extend({ offset: place }),
  'host:answer': z.object({ queryId: MessageIdSchema, answer: HostAnswerSchema }),
} as const satisfies Record<string, z.ZodType>;

/** Room → keeper. */
export const HOST_QUERIES = {
  'file:part': file.extend({
    offset: place,
    /** Of the whole, bytes. */
    size: place,
    /** Of the whole, 64 hex digits. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
    /** Base64. */
    data: z.string().max(Math.ceil(LIMITS.filePartBytes / 3) * 4),
  }),
  /** The room has no such file, or not any more. */
  'file:gone': file,
  /** Answered by `host:answer`; one that comes late is answered to nobody. */
  'host:query': z.object({ queryId: MessageIdSchema, query: HostQuerySchema }),
} as const satisfies Record<string, z.ZodType>;
