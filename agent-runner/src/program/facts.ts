import { type Stats, statSync } from 'node:fs';

/** The file that a path leads to; undefined where there is none, or none that may be seen. */
export function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
