import * as z from 'zod';
import { LIMITS } from '../limits.ts';

const path = z.string().min(1).max(LIMITS.pathChars);
const mimeType = z.string().max(256);
const text = z.string().max(LIMITS.toolTextChars);

/**
 * What a tool call shows. `omitted`: characters that were cut out of the middle, or left out of the whole (C15).
 * `other`: a kind that this version does not know, as JSON.
 */
export const ToolContentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text, omitted: z.number().int().min(0).optional() }),
  z.object({
    type: z.literal('diff'),
    path,
    /** null: a new file. */
    oldText: text.nullable(),
    newText: text,
    omitted: z.number().int().min(0).optional(),
  }),
  /** What a terminal of the tool printed, escape sequences and all. */
  z.object({ type: z.literal('terminal'), text, omitted: z.number().int().min(0).optional() }),
  z.object({
    type: z.literal('link'),
    uri: z.string().max(LIMITS.pathChars),
    name: z.string().max(LIMITS.titleChars).optional(),
  }),
  /** Bytes are not kept. */
  z.object({ type: z.literal('image'), mimeType, bytes: z.number().int().min(0) }),
  z.object({ type: z.literal('other'), json: text, omitted: z.number().int().min(0).optional() }),
]);
export type ToolContent = z.infer<typeof ToolContentSchema>;
