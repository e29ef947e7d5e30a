import { createServer } from 'node:http';
import { Server } from 'socket.io';
import * as z from 'zod';
import { printResult, scriptOptions } from '../lib/script.ts';

/** As ws-relay.ts, with Socket.IO's rooms and its connection state recovery. */
scriptOptions(z.object({}));
/** Its default. */
const RECOVERY_MS = 120_000;
const http = createServer();
const server = new Server(http, {
  transports: ['websocket'],
  maxHttpBufferSize: 1024 * 1024,
  connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS },
});

server.on('connection', (socket) => {
  socket.on('echo', (data: unknown) => socket.emit('echo', data));
  const host = socket.handshake.query['role'] === 'host';
  socket.join(host ? 'hosts' : 'viewers');
  socket.on('data', (data: unknown) => socket.to(host ? 'viewers' : 'hosts').emit('data', data));
});
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  if (typeof address === 'object' && address !== null) printResult({ port: address.port });
});
