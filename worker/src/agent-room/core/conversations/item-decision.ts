import { DeciderSchema, PermissionIdSchema, RequestStateSchema } from '@muster/protocol';
import * as z from 'zod';

/** How a request to people about an item was answered, in words. */
export const ItemDecisionSchema = z.object({
  permissionId: PermissionIdSchema,
  title: z.string(),
  state: RequestStateSchema,
  /** The option as the agent named it, or what was done with the form; null: none was chosen. */
  answer: z.string().nullable(),
  decider: DeciderSchema.nullable(),
  at: z.number(),
});
export type ItemDecision = z.infer<typeof ItemDecisionSchema>;
