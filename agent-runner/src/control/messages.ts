import { GenerationSchema, PlacementSchema, ProgramStateSchema, WireErrorSchema } from '@muster/protocol';
import * as z from 'zod';

/** Runner ⇄ keeper on one host: a line of JSON each. They may be of different versions, so fields are only added. */
const id = z.number().int().min(1);

export const ControlRequestSchema = z.discriminatedUnion('do', [
  z.object({ id, do: z.literal('status') }),
  /** A new spec of the same generation: it applies at the program's next start. */
  z.object({ id, do: z.literal('place'), placement: PlacementSchema }),
  /** Start the program; the answer comes when it runs or was refused. */
  z.object({ id, do: z.literal('start') }),
  /** End the program, then the keeper. `reason` is told in the program's last status. */
  z.object({ id, do: z.literal('stop'), force: z.boolean(), reason: z.string().max(256) }),
]);
export type ControlRequest = z.infer<typeof ControlRequestSchema>;

export const KeeperStatusSchema = z.object({
  pid: z.number().int().positive(),
  generation: GenerationSchema,
  state: ProgramStateSchema,
  /** It has its room. */
  linked: z.boolean(),
});
export type KeeperStatus = z.infer<typeof KeeperStatusSchema>;

export const ControlReplySchema = z.discriminatedUnion('is', [
  /** To every request: how the keeper stands after it. */
  z.object({ is: z.literal('done'), id, status: KeeperStatusSchema, error: WireErrorSchema.optional() }),
  /** Unasked: it found its room, or lost it. */
  z.object({ is: z.literal('linked'), linked: z.boolean() }),
]);
export type ControlReply = z.infer<typeof ControlReplySchema>;
export type ControlDone = Extract<ControlReply, { is: 'done' }>;
