import { AgentIdSchema, ClientIdSchema, MessageIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { attachedSchema } from '../socket/hibernating-sockets.ts';

/** The part of a lobby socket's attachment beside its authentication; it survives hibernation. */
const LobbyAttachmentSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('viewer'),
    /** I1: chosen by the client, or minted for it. */
    clientId: ClientIdSchema,
    /** X8: from where it came (X10). */
    address: z.string().nullable().default(null),
    subscriptions: z.array(MessageIdSchema),
    /** C4: its address says that it knows conversations. */
    knowsConversations: z.boolean().default(false),
    /** C10: the agent that its page says somebody looks at, and until when, ms since 1970. */
    focus: z.object({ agentId: AgentIdSchema, until: z.number() }).nullable().default(null),
  }),
  /** `since`: ms of its hello; null before it. */
  z.object({ kind: z.literal('host'), since: z.number().nullable() }),
]);
export type LobbyAttachment = z.infer<typeof LobbyAttachmentSchema>;

export const AttachedLobbySocketSchema = attachedSchema(LobbyAttachmentSchema);
