import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { recordOf } from '../record.ts';

const text = z.string().max(LIMITS.textChars);

/** SHA-256 of the canonical JSON of what is decided on, 64 hex digits (C8). */
export const DigestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');

/** C9: verbatim from the agent. `kind`: allow_once, allow_always, reject_once, reject_always, or one of its own. */
export const RequestOptionSchema = z.object({
  optionId: z.string().min(1).max(LIMITS.messageIdChars),
  name: z.string().max(LIMITS.optionChars),
  kind: z.string().max(64),
});
export type RequestOption = z.infer<typeof RequestOptionSchema>;

/** The values of a form, by the names of its fields. */
export const FormValuesSchema = recordOf(
  z.string().max(128),
  z.union([z.string().max(LIMITS.textChars), z.number(), z.boolean(), z.array(text).max(256)]),
  LIMITS.recordEntries,
);
export type FormValues = z.infer<typeof FormValuesSchema>;
