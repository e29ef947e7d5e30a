import { WebSocket } from 'ws';
import * as z from 'zod';
import { LoadSchema } from '../lib/load.ts';
import { printResult, scriptOptions } from '../lib/script.ts';
import { median } from '../lib/statistics.ts';

/** How long a bare object takes to give what a room gives, from the dialling to the last byte. */
const { url, load, times } = scriptOptions(
  z.object({ url: z.string(), load: LoadSchema, times: z.number() }),
);
const bytes = load.messages * load.bytes;

function pour(): Promise<number> {
  const began = performance.now();
  const socket = new WebSocket(`${url}/pour?bytes=${bytes}`, { perMessageDeflate: false });
  let left = bytes;
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) left -= data.length;
      if (left > 0) return;
      socket.terminate();
      resolve(performance.now() - began);
    });
  });
}

const took: number[] = [];
await pour();
while (took.length < times) took.push(await pour());
printResult({ ms: median(took) });
process.exit(0);
