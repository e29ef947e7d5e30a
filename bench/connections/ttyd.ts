import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/** Both ways the first byte of a message says what it is: 0 is a terminal's bytes. */
const BYTES = '0'.charCodeAt(0);

/** ttyd's own protocol, without its flow control: this viewer is never behind. */
export function ttydConnection(url: string, receive: (data: Uint8Array) => void): Connection {
  const socket = new WebSocket(`${url}/ws`, 'tty', { perMessageDeflate: false });
  socket.on('open', () => socket.send(JSON.stringify({ AuthToken: '', columns: 120, rows: 40 })));
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data) && data[0] === BYTES) receive(data.subarray(1));
  });
  return { send: (keys) => socket.send(Buffer.from(`0${keys}`)) };
}
