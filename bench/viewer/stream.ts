import { createHash } from 'node:crypto';
import * as z from 'zod';
import { openConnection } from '../connections/open.ts';
import { RouteSchema } from '../connections/route.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/** Lets a program go and reads `bytes` of its output; the clock runs from the word to the last byte. */
const { via, bytes } = scriptOptions(z.object({ via: RouteSchema, bytes: z.number() }));
const hash = createHash('sha256');
let read = -1;
let began = 0;

const line = openConnection(via, (data) => {
  if (read < 0) {
    read = 0;
    began = performance.now();
    return line.send('go\n');
  }
  hash.update(data);
  read += data.length;
  if (read < bytes) return;
  printResult({ ms: performance.now() - began, bytes: read, sha256: hash.digest('hex') });
  process.exit(0);
});
