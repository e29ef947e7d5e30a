import {
  batchesIn,
  type Cursor,
  encodeMessage,
  LIMITS,
  SUBPROTOCOL,
  type ViewerMessage,
} from '@muster/protocol';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { creditReceived, NO_CREDIT, tickCredit } from '../../client/src/stream/credit.ts';
import { nextToken } from './next-token.ts';
import type { Route } from './route.ts';

/** One of many viewers in one process: it counts what comes and decodes no more than its protocol asks. */
export interface Watcher {
  send(text: string): void;
}
/** Bytes of output. */
export type Count = (bytes: number) => void;

/** Connects; resolves when everything sent from now on will come. */
export function watch(via: Route, count: Count): Promise<Watcher> {
  switch (via.kind) {
    case 'muster':
      return watchMuster(via, count);
    case 'ws':
      return watchWs(via, count);
    case 'socket.io':
      return watchSocketIo(via.url, count);
    default:
      throw new Error(`${via.kind} has no fan-out`);
  }
}

/** S6, S8: subscribes, acks as the client does (with the client's own rule), and reads headers only. */
function watchMuster(via: Extract<Route, { kind: 'muster' }>, count: Count): Promise<Watcher> {
  const address = new URL(`/ws/agents/${via.agentId}?team=${via.team}`, via.url.replace('http', 'ws'));
  const socket = new WebSocket(address, SUBPROTOCOL, {
    headers: { authorization: `Bearer ${nextToken(via)}` },
    perMessageDeflate: false,
    maxPayload: LIMITS.messageBytes,
  });
  const say = (message: ViewerMessage) => socket.send(encodeMessage(message));
  let at: Cursor | null = null;
  let credit = NO_CREDIT;
  const settle = (step: ReturnType<typeof creditReceived>) => {
    credit = step.state;
    if (step.ack !== null) say({ type: 'flow:ack', payload: step.ack });
  };
  setInterval(() => settle(tickCredit(credit, at, Date.now())), 50);
  const send = (data: string) =>
    socket.send(JSON.stringify({ type: 'agent:input', payload: { agentId: via.agentId, data } }));
  const { promise, resolve, reject } = Promise.withResolvers<Watcher>();
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'subscribe:agent', payload: { history: 'full' } })),
  );
  socket.on('message', (data, binary) => {
    if (!Buffer.isBuffer(data)) return;
    if (!binary) {
      if (data.includes('"replay:end"')) resolve({ send });
      return;
    }
    for (const header of batchesIn(data)) {
      at = { epoch: header.epoch, sequence: header.last };
      if (header.kind === 'output') count(header.rawSize);
    }
    settle(creditReceived(credit, data.length, at, Date.now()));
  });
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
  return promise;
}

function watchWs({ url, room }: Extract<Route, { kind: 'ws' }>, count: Count): Promise<Watcher> {
  const query = room === undefined ? '' : `?room=${room}`;
  const socket = new WebSocket(`${url}/viewer${query}`, { perMessageDeflate: false });
  socket.on('message', (data) => Buffer.isBuffer(data) && count(data.length));
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ send: (text) => socket.send(text) }));
    socket.on('error', reject);
  });
}

function watchSocketIo(url: string, count: Count): Promise<Watcher> {
  const socket = io(url, { transports: ['websocket'], query: { role: 'viewer' }, forceNew: true });
  socket.on('data', (data: unknown) => Buffer.isBuffer(data) && count(data.length));
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve({ send: (text) => socket.emit('data', text) }));
    socket.on('connect_error', reject);
  });
}
