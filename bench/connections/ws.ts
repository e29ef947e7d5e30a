import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/** A viewer of a relay (peers/host.ts is its other side); its first message starts the program. */
export function wsConnection(url: string, receive: (data: Uint8Array) => void): Connection {
  const socket = new WebSocket(`${url}/viewer`, { perMessageDeflate: false });
  socket.on('open', () => socket.send('start'));
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) receive(data);
  });
  return { send: (keys) => socket.send(keys) };
}
