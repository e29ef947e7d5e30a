import { SUBPROTOCOL } from '@muster/protocol';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { nextToken } from './whose.ts';

/** What a viewer connects to, and when it is in. */
export const DoorSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('muster'),
    url: z.string(),
    token: z.string(),
    tokens: z.array(z.string()),
  }),
  z.object({ kind: z.literal('ws'), url: z.string() }),
  z.object({ kind: z.literal('socket.io'), url: z.string() }),
]);
export type Door = z.infer<typeof DoorSchema>;

/** Resolves when the viewer is in, to how it leaves. */
export function connect(door: Door): Promise<() => void> {
  if (door.kind === 'socket.io') return connectSocketIo(door.url);
  const { promise, resolve, reject } = Promise.withResolvers<() => void>();
  const headers = door.kind === 'muster' ? { authorization: `Bearer ${nextToken(door)}` } : {};
  const protocols = door.kind === 'muster' ? [SUBPROTOCOL] : [];
  const socket = new WebSocket(door.url, protocols, { perMessageDeflate: false, headers });
  const leave = () => socket.terminate();
  if (door.kind === 'ws') socket.on('open', () => resolve(leave));
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
