import { type Stats, statSync } from 'node:fs';

/** What a path leads to; undefined where that is nothing, or nothing that may be seen. */
export function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
