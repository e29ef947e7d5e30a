import * as z from 'zod';

/** How a viewer reaches a program. */
export const RouteSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('muster'),
    url: z.string(),
    team: z.string(),
    token: z.string(),
    /** Of a crowd: whose sockets they are, in turn. */
    tokens: z.array(z.string()).optional(),
    agentId: z.string(),
  }),
  /** `room`: an object of its own, where the relay has objects. */
  z.object({ kind: z.literal('ws'), url: z.string(), room: z.string().optional() }),
  z.object({ kind: z.literal('socket.io'), url: z.string() }),
  z.object({ kind: z.literal('ttyd'), url: z.string() }),
  z.object({ kind: z.literal('pty'), program: z.tuple([z.string()], z.string()) }),
]);
export type Route = z.infer<typeof RouteSchema>;
