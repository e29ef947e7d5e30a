import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** RFC 8446, 4.2.1: `supported_versions` (43), 3 bytes long, a list of 2 bytes: 0x0304. */
export const ONLY_TLS_1_3 = Buffer.from('002b0003020304', 'hex');

/** The first bytes that a client sends to this port; the connection is closed then. */
export async function firstBytes(dial: (port: number) => unknown): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection');
  dial((server.address() as AddressInfo).port);
  const [socket] = await connected;
  socket.on('error', () => {});
  const [bytes] = await once(socket, 'data');
  socket.destroy();
  server.close();
  return bytes;
}
