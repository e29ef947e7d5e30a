import { createClient } from '@muster/client';
import type { Cursor } from '@muster/protocol';
import { io } from 'socket.io-client';
import { dial } from '../../test/harness/viewer.ts';
import type { Route } from './route.ts';

/** A viewer that goes away and comes back to where it was. */
export interface ReturningViewer {
  /** It is away when this resolves, and the other side knows. */
  leave(): Promise<void>;
  /** From here on it is counted until everything is there again. */
  comeBack(): void;
}

/** Resolves when it is there for the first time. `count` is told bytes of output. */
export function openReturningViewer(via: Route, count: (bytes: number) => void): Promise<ReturningViewer> {
  if (via.kind === 'muster') return musterReturning(via, count);
  if (via.kind === 'socket.io') return socketIoReturning(via.url, count);
  throw new Error(`${via.kind} remembers nothing`);
}

/** The real client, made anew with the cursor it had: no backoff is measured. */
async function musterReturning(
  via: Extract<Route, { kind: 'muster' }>,
  count: (bytes: number) => void,
): Promise<ReturningViewer> {
  const { url, team, token, agentId } = via;
  let cursor: Cursor | null = null;
  const open = () => {
    const client = createClient({
      url,
      team,
      token: () => Promise.resolve(token),
      webSocket: dial,
    });
    const feed = client.open(agentId, { history: 'full', ...(cursor === null ? {} : { after: cursor }) });
    feed.on('gap', ({ from, to }) => {
      throw new Error(`a gap from ${from} to ${to}`);
    });
    feed.on('output', ({ frames }) => {
      for (const frame of frames) count(frame.data.length);
    });
    return { client, feed };
  };
  let { client, feed } = open();
  await new Promise<void>((resolve) => {
    feed.on('replaying', (replaying) => !replaying && resolve());
  });
  return {
    leave() {
      cursor = feed.cursor;
      client.close();
      return Promise.resolve();
    },
    comeBack() {
      ({ client, feed } = open());
    },
  };
}

/** Socket.IO's connection state recovery: the same socket, cut and connected again by hand. */
async function socketIoReturning(url: string, count: (bytes: number) => void): Promise<ReturningViewer> {
  const socket = io(url, {
    transports: ['websocket'],
    query: { role: 'viewer' },
    forceNew: true,
    reconnection: false,
  });
  socket.on('data', (data: unknown) => Buffer.isBuffer(data) && count(data.length));
  const connected = () =>
    new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('connect_error', reject);
    });
  await connected();
  return {
    leave() {
      const gone = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()));
      socket.io.engine.close();
      return gone;
    },
    comeBack() {
      void connected().then(() => {
        if (!socket.recovered) throw new Error('Socket.IO did not recover');
      });
      socket.connect();
    },
  };
}
