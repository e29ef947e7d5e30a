import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

/** Where the last run listened. Runners and keepers of this data directory dial there. */
const PlaceSchema = z.object({ port: z.number().int().min(1).max(65_535) });

export function lastPort(path: string): number | null {
  try {
    return PlaceSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).port;
  } catch {
    return null;
  }
}

export function rememberPort(path: string, port: number): void {
  writeFileSync(path, JSON.stringify({ port } satisfies z.infer<typeof PlaceSchema>));
}
