import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import type { Malformed } from './malformed.ts';

/** Closings that a frame may bring about: bad data, too large, and what the protocol names (4400 to 4449). */
const refusing = (code: number) => code === 1007 || code === 1009 || (code >= 4400 && code <= 4449);
/** N1: a keeper's, besides: its greeting again, with a start that the room has not heard of yet. */
export const NOT_PLACED_YET = 1013;
/** A request whose answer shows that all before it was read. */
export interface Probe {
  readonly ask: string;
  answers(text: string): boolean;
}
export const MEMBERS_PROBE: Probe = {
  ask: JSON.stringify({ type: 'ping', payload: { timestamp: 8_712_003 } }),
  answers: (text) => text.includes('"pong"') && text.includes('8712003'),
};
/** Keepers and runners have no message for it; the platform answers this one, and in turn. */
export const HOSTS_PROBE: Probe = { ask: 'ping', answers: (text) => text === 'pong' };

const FrameSchema = z.object({ type: z.string(), payload: z.record(z.string(), z.unknown()).optional() });

export interface SendResult {
  /** Frames that were read: all, or those before the one that had the socket closed. */
  readonly frames: number;
  readonly wrong: string | null;
}

function faultIn(text: string): string | null {
  if (text === 'pong') return null;
  const parsed = FrameSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return `what is no message came: ${text.slice(0, 200)}`;
  const { type, payload } = parsed.data;
  return type === 'error' && payload?.['code'] === 'INTERNAL_ERROR' ? `INTERNAL_ERROR for a frame` : null;
}

/** Says one frame after the other, and behind each `every` of them waits until they are read. `also`: a closing that they may bring about. */
export async function sendAll(
  socket: WebSocket,
  frames: readonly Malformed[],
  { every, probe, also }: { readonly every: number; readonly probe: Probe; readonly also?: number },
): Promise<SendResult> {
  let wrong: string | null = null;
  let closed: number | null = null;
  socket.on('error', () => undefined);
  socket.on('close', (code: number) => {
    closed = code;
  });
  let heard = Promise.withResolvers<void>();
  socket.on('message', (data, binary) => {
    if (binary) return;
    const text = String(data);
    if (probe.answers(text)) heard.resolve();
    else wrong ??= faultIn(text);
  });
  await Promise.race([once(socket, 'open'), once(socket, 'close')]);
  let read = 0;
  for (let at = 0; at < frames.length && closed === null; at += every) {
    const some = frames.slice(at, at + every);
    for (const { data, binary } of some)
      if (socket.readyState === WebSocket.OPEN) socket.send(data, { binary, compress: false });
    heard = Promise.withResolvers<void>();
    if (socket.readyState === WebSocket.OPEN) socket.send(probe.ask);
    const ended = new AbortController();
    await Promise.race([
      heard.promise,
      closed === null ? once(socket, 'close', { signal: ended.signal }).catch(() => undefined) : null,
    ]);
    ended.abort();
    read += closed === null ? some.length : 1;
  }
  if (closed !== null && closed !== also && !refusing(closed))
    wrong ??= `a frame had the socket closed with ${closed}`;
  socket.removeAllListeners('close');
  socket.close();
  return { frames: read, wrong };
}
