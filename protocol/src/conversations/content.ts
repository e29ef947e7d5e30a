import * as z from 'zod';
import { LIMITS } from '../limits.ts';

const path = z.string().min(1).max(LIMITS.pathChars);
const mimeType = z.string().max(256);

/** One part of a message to an agent. `mention`: a file of the workspace, by its path there. */
export const PromptPartSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(LIMITS.promptChars) }),
  z.object({ type: z.literal('mention'), path }),
  /** A file that was uploaded for this conversation. */
  z.object({
    type: z.literal('file'),
    fileId: z.string().min(1).max(LIMITS.messageIdChars),
    name: z.string().max(LIMITS.titleChars).optional(),
    mimeType: mimeType.optional(),
  }),
]);
export type PromptPart = z.infer<typeof PromptPartSchema>;

const says = (part: PromptPart): boolean => part.type !== 'text' || part.text.trim() !== '';
const charsOf = (part: PromptPart): number => (part.type === 'text' ? part.text.length : 0);

/** What a member says to an agent: at least one part that is not blank. */
export const PromptSchema = z
  .array(PromptPartSchema)
  .min(1, 'must not be empty')
  .max(LIMITS.promptParts, `must have at most ${LIMITS.promptParts} parts`)
  .refine((parts) => parts.some(says), 'must not be empty')
  .refine(
    (parts) => parts.reduce((sum, part) => sum + charsOf(part), 0) <= LIMITS.promptChars,
    `must have at most ${LIMITS.promptChars} characters`,
  );
export type Prompt = z.infer<typeof PromptSchema>;

/** A text alone is a prompt of one part. */
export const promptOf = (content: string | Prompt): Prompt =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** Its text alone, mentions as `@path`. */
export const promptText = (prompt: Prompt): string =>
  prompt
    .map((part) => {
      if (part.type === 'text') return part.text;
      return part.type === 'mention' ? `@${part.path}` : `[${part.name ?? 'file'}]`;
    })
    .join('');

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
