import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import * as z from 'zod';
import { printResult, scriptOptions } from '../lib/script.ts';

/** The bare Durable Object relay, on the same workerd that Muster runs on. */
scriptOptions(z.object({}));
const miniflare = new Miniflare({
  host: '127.0.0.1',
  port: 0,
  modules: true,
  scriptPath: join(import.meta.dirname, 'object.mjs'),
  compatibilityDate: '2026-07-01',
  durableObjects: { RELAY: { className: 'Relay', useSQLite: true } },
});
const url = await miniflare.ready;
process.removeAllListeners('SIGTERM');
process.on('SIGTERM', () => void miniflare.dispose().then(() => process.exit(0)));
printResult({ port: Number(url.port) });
