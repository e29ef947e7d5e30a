import { SUBPROTOCOL } from '@muster/protocol';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { nextToken } from './next-token.ts';
import type { Route } from './route.ts';

/** A socket that asks and is answered. */
export interface Asking {
  /** Resolves with the answer to this message, which is the next that comes. */
  ask(text: string): Promise<string>;
}

/** A viewer's heartbeat, and its request for the state. */
export const heartbeat = (sequence: number) => JSON.stringify({ type: 'heartbeat', payload: { sequence } });
export const getState = (via: Route) =>
  JSON.stringify({
    type: 'agent:get_state',
    payload: { agentId: via.kind === 'muster' ? via.agentId : 'a' },
  });

export function openAsking(via: Route): Promise<Asking> {
  switch (via.kind) {
    case 'muster':
      return askRoom(via);
    case 'ws':
      return askWs(new WebSocket(`${via.url}/echo`, { perMessageDeflate: false }), () => true, 'open');
    case 'socket.io':
      return askSocketIo(via.url);
    default:
      throw new Error(`${via.kind} answers nothing`);
  }
}

function askRoom(via: Extract<Route, { kind: 'muster' }>): Promise<Asking> {
  const address = new URL(`/ws/agents/${via.agentId}?team=${via.team}`, via.url.replace('http', 'ws'));
  const headers = { authorization: `Bearer ${nextToken(via)}` };
  const socket = new WebSocket(address, SUBPROTOCOL, { headers, perMessageDeflate: false });
  return askWs(socket, (text) => text.includes('"agent:state"'), 'said');
}

/** `isReady`: what the server says when it will answer. */
async function askWs(
  socket: WebSocket,
  isReady: (text: string) => boolean,
  when: 'open' | 'said',
): Promise<Asking> {
  const waiting: ((text: string) => void)[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let ready = false;
  if (when === 'open') socket.on('open', () => resolve());
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
  socket.on('message', (data) => {
    const text = data.toString();
    if (ready) return waiting.shift()?.(text);
    if (isReady(text)) resolve();
  });
  await promise;
  ready = true;
  return {
    ask: (text) =>
      new Promise((answered) => {
        waiting.push(answered);
        socket.send(text);
      }),
  };
}

function askSocketIo(url: string): Promise<Asking> {
  const socket = io(url, { transports: ['websocket'], query: { role: 'echo' }, forceNew: true });
  const waiting: ((text: string) => void)[] = [];
  socket.on('echo', (text: unknown) => waiting.shift()?.(String(text)));
  const ask = (text: string) =>
    new Promise<string>((answered) => {
      waiting.push(answered);
      socket.emit('echo', text);
    });
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve({ ask }));
    socket.on('connect_error', reject);
  });
}
