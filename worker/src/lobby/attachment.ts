import { ClientIdSchema, MessageIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { attachedSchema } from '../socket/hibernating-sockets.ts';

/** What a lobby's socket keeps through hibernation, beside who it is. */
const LobbySocketSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('viewer'),
    /** I1: chosen by the client, or minted for it. */
    clientId: ClientIdSchema,
    /** X8: from where it came (X10). */
    address: z.string().nullable().default(null),
    subscriptions: z.array(MessageIdSchema),
  }),
  /** `since`: ms of its hello; null before it. */
  z.object({ kind: z.literal('host'), since: z.number().nullable() }),
]);
export type LobbySocket = z.infer<typeof LobbySocketSchema>;

export const AttachedLobbySocketSchema = attachedSchema(LobbySocketSchema);
