import { once } from 'node:events';
import { setTimeout as lasting } from 'node:timers/promises';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { choosePort } from '../../worker/local/ports.ts';
import type { Muster } from './muster.ts';
import { serverMemory } from './processor.ts';

const TargetsSchema = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.url() }));
const AnswerSchema = z.object({ id: z.number().optional() });
/** The API's isolate, in which rooms and lobbies live. */
const API = /^muster$/;
/** workerd's inspector answers only while its isolate has something to do. */
const POKE_MS = 50;
const ASKED = ['Runtime.enable', 'HeapProfiler.enable', 'HeapProfiler.collectGarbage'] as const;

/** The flags of a server whose garbage can be collected, and its port. */
export async function inspectable(): Promise<{ readonly port: number; readonly flags: readonly string[] }> {
  const port = await choosePort(0, null, '127.0.0.1');
  return { port, flags: ['--inspect', String(port)] };
}

/** Has the server let go of what nothing holds any more, so that its memory is what it holds. */
export async function collectGarbage(muster: Muster, port: number): Promise<void> {
  const listed = await fetch(`http://127.0.0.1:${port}/json`);
  const target = TargetsSchema.parse(await listed.json()).find(({ id }) => API.test(id));
  if (target === undefined) throw new Error('the inspector does not list the API');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, 'open');
  const poking = new AbortController();
  const poked = poke(muster, poking.signal);
  try {
    for (const [id, method] of ASKED.entries()) await ask(socket, id, method);
  } finally {
    poking.abort();
    await poked;
    socket.terminate();
  }
}

/** The server's memory after a collection, bytes: the runtime leaves some 130 MB of garbage before it collects by itself. */
export async function serverHolds(muster: Muster, port: number): Promise<number> {
  await collectGarbage(muster, port);
  return serverMemory(muster.tag);
}

async function poke({ url }: Muster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetch(`${url}/api/health`);
    await lasting(POKE_MS, undefined, { signal }).catch(() => undefined);
  }
}

function ask(socket: WebSocket, id: number, method: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    if (AnswerSchema.parse(JSON.parse(String(data))).id === id) resolve();
  });
  socket.on('close', () => reject(new Error('the inspector closed')));
  socket.send(JSON.stringify({ id, method }));
  return promise;
}
