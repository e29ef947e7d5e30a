import { SUBPROTOCOL } from '@muster/protocol';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { nextToken } from './next-token.ts';

/** The endpoint that a viewer connects to. */
export const EndpointSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('muster'),
    url: z.string(),
    token: z.string(),
    tokens: z.array(z.string()),
  }),
  z.object({ kind: z.literal('ws'), url: z.string() }),
  z.object({ kind: z.literal('socket.io'), url: z.string() }),
]);
export type Endpoint = z.infer<typeof EndpointSchema>;

/** Resolves when the viewer is in, to how it leaves. */
export function connect(endpoint: Endpoint): Promise<() => void> {
  if (endpoint.kind === 'socket.io') return connectSocketIo(endpoint.url);
  const { promise, resolve, reject } = Promise.withResolvers<() => void>();
  const headers = endpoint.kind === 'muster' ? { authorization: `Bearer ${nextToken(endpoint)}` } : {};
  const protocols = endpoint.kind === 'muster' ? [SUBPROTOCOL] : [];
  const socket = new WebSocket(endpoint.url, protocols, { perMessageDeflate: false, headers });
  const leave = () => socket.terminate();
  if (endpoint.kind === 'ws') socket.on('open', () => resolve(leave));
  else socket.on('message', (data) => data.toString().includes('"connection:ack"') && resolve(leave));
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
  return promise;
}

function connectSocketIo(url: string): Promise<() => void> {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false });
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve(() => socket.disconnect()));
    socket.on('connect_error', reject);
  });
}
