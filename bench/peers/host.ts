import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { ptyConnection } from '../connections/pty.ts';
import { GO, LoadSchema } from '../lib/load.ts';
import { Pump } from '../lib/pump.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/** Of one message of a file, bytes. */
const MESSAGE_BYTES = 10_000;
const LOOK_MS = 1;

/** The host's side of a relay: a program on a terminal, a file in messages of 10 kB, or a load each time it hears GO. */
const { relay, url, source } = scriptOptions(
  z.object({
    relay: z.enum(['ws', 'socket.io']),
    url: z.string(),
    source: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('program'), program: z.tuple([z.string()], z.string()) }),
      z.object({ kind: z.literal('file'), path: z.string() }),
      z.object({ kind: z.literal('load'), load: LoadSchema }),
    ]),
  }),
);

interface Sink {
  send(data: Uint8Array): void;
  buffered(): number;
}

async function sendFile(path: string, to: Sink): Promise<void> {
  for await (const data of createReadStream(path, { highWaterMark: MESSAGE_BYTES })) {
    to.send(data);
    while (!Pump.takes(to.buffered())) await sleep(LOOK_MS);
  }
}

/** Messages of viewers: first the start of the program, then its input. */
function heardBy(sink: Sink): (text: string) => void {
  if (source.kind === 'load') {
    const { messages, bytes } = source.load;
    const message = Buffer.alloc(bytes, 'x');
    const pump = new Pump(
      () => sink.send(message),
      () => Pump.takes(sink.buffered()),
      () => undefined,
    );
    return (text) => text === GO && pump.add(messages);
  }
  let send: ((text: string) => void) | null = null;
  return (text) => {
    if (send !== null) return send(text);
    if (source.kind === 'program') send = ptyConnection(source.program, (data) => sink.send(data)).send;
    else {
      send = () => void sendFile(source.path, sink);
      sink.send(Buffer.from('R'));
    }
  };
}

if (relay === 'ws') {
  const socket = new WebSocket(`${url}/host`, { perMessageDeflate: false });
  const heard = heardBy({ send: (data) => socket.send(data), buffered: () => socket.bufferedAmount });
  socket.on('message', (data) => heard(data.toString()));
  socket.on('open', () => printResult({ port: 0 }));
} else {
  const socket = io(url, { transports: ['websocket'], query: { role: 'host' } });
  const heard = heardBy({ send: (data) => socket.emit('data', data), buffered: () => 0 });
  socket.on('data', (text: unknown) => heard(String(text)));
  socket.on('connect', () => printResult({ port: 0 }));
}
