import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import * as z from 'zod';
import { DEFAULT_PORT, UsageError } from './config.ts';
import { readJson } from './data.ts';

const TRIES = 50;

/** Where the last run listened. Runners and keepers of this data directory dial there. */
const PlaceSchema = z.object({ port: z.number().int().min(1).max(65_535) });

export const lastPort = (path: string): number | null => readJson(path, PlaceSchema)?.port ?? null;

export function rememberPort(path: string, port: number): void {
  writeFileSync(path, JSON.stringify({ port } satisfies z.infer<typeof PlaceSchema>));
}

/** The port, if it can be listened on now; 0 finds one. Null: taken. */
function probe(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(new UsageError(`cannot listen on ${host}:${port}: ${error.message}`));
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? null) : null));
    });
  });
}

/** @throws UsageError when nobody could listen there */
export const isTaken = async (port: number, host: string): Promise<boolean> =>
  (await probe(port, host)) === null;

/**
 * The port to listen on: the one asked for or none; unasked, the last run's (runners and bookmarks know it),
 * else the first free one from the default on.
 * @throws UsageError when it is taken
 */
export async function choosePort(asked: number | null, last: number | null, host: string): Promise<number> {
  const candidates =
    asked !== null
      ? [asked]
      : [...(last === null ? [] : [last]), ...Array.from({ length: TRIES }, (_, i) => DEFAULT_PORT + i)];
  for (const candidate of candidates) {
    const port = await probe(candidate, host);
    if (port !== null) return port;
  }
  throw new UsageError(
    asked === null
      ? `ports ${DEFAULT_PORT} to ${DEFAULT_PORT + TRIES - 1} are all taken; give one with --port`
      : `port ${asked} is taken; give another with --port`,
  );
}
