import { type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod';
import { printResult, scriptOptions } from '../lib/script.ts';

/** The bare relay: what a host sends goes to every viewer, what a viewer sends to the host. Nothing is kept. */
scriptOptions(z.object({}));
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const hosts = new Set<WebSocket>();
const viewers = new Set<WebSocket>();

server.on('connection', (socket, request) => {
  if (request.url === '/echo') return void socket.on('message', (data) => socket.send(data.toString()));
  const [mine, others] = request.url === '/host' ? [hosts, viewers] : [viewers, hosts];
  mine.add(socket);
  socket.on('close', () => mine.delete(socket));
  socket.on('message', (data, binary) => {
    for (const other of others) other.send(data, { binary });
  });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) printResult({ port: address.port });
});
