import { io } from 'socket.io-client';
import type { Connection } from './connection.ts';

/** As connections/ws.ts, through Socket.IO. */
export function socketIoConnection(url: string, receive: (data: Uint8Array) => void): Connection {
  const socket = io(url, { transports: ['websocket'], query: { role: 'viewer' } });
  socket.on('connect', () => socket.emit('data', 'start'));
  socket.on('data', (data: unknown) => {
    if (Buffer.isBuffer(data)) receive(data);
  });
  return { send: (keys) => socket.emit('data', keys) };
}
