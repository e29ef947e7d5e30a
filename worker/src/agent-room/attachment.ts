import { ClientIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { attachedSchema } from '../socket/hibernating-sockets.ts';
import { KeeperAttachmentSchema, SubscriptionSchema } from './core/types.ts';

/** What a room keeps with each socket through hibernation (S7, N2). */
const RoomSocketSchema = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('viewer'),
    clientId: ClientIdSchema,
    /** X8: from where it came (X10). */
    address: z.string().nullable().default(null),
    subscription: SubscriptionSchema.nullable(),
  }),
  /** `hello`: null until the keeper has said which start it is. */
  z.object({ role: z.literal('keeper'), hello: KeeperAttachmentSchema.nullable() }),
]);
export type RoomSocket = z.infer<typeof RoomSocketSchema>;

export const AttachedRoomSocketSchema = attachedSchema(RoomSocketSchema);
