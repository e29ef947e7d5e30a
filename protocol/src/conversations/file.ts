import * as z from 'zod';
import { LIMITS } from '../limits.ts';

/** Of one uploaded file, in the room that made it. */
export const FileIdSchema = z
  .string()
  .min(1)
  .max(LIMITS.messageIdChars)
  .regex(/^[A-Za-z0-9._-]+$/, 'must be the id of a file');

/** C15: what an upload made. `size`: bytes. */
export const UploadedFileSchema = z.object({
  fileId: FileIdSchema,
  name: z.string().max(LIMITS.titleChars),
  mimeType: z.string().max(256),
  size: z.number().int().min(0),
});
export type UploadedFile = z.infer<typeof UploadedFileSchema>;
