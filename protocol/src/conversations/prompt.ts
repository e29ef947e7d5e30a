import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { FileIdSchema } from './file.ts';

const path = z.string().min(1).max(LIMITS.pathChars);
const mimeType = z.string().max(256);

/** One part of a message to an agent. `mention`: a file of the workspace, by its path there. */
export const PromptPartSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(LIMITS.promptChars) }),
  z.object({ type: z.literal('mention'), path }),
  /** C15: a file that was uploaded for this conversation. The room says what it is, whatever the sender says. */
  z.object({
    type: z.literal('file'),
    fileId: FileIdSchema,
    name: z.string().max(LIMITS.titleChars).optional(),
    mimeType: mimeType.optional(),
    /** Bytes. */
    size: z.number().int().min(0).optional(),
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
