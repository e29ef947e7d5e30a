import { setTimeout as lasting } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Resolves with what `look` finds, once it finds something: for what tells nobody that it happened, as a
 * process that ends or a file that comes. @throws Error with `what` after `withinMs`
 */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | null | false,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() >= end) throw new Error(`${what}: not within ${withinMs} ms`);
    await lasting(EVERY_MS);
  }
}

/** Rejects with `what` when it has not settled within `withinMs`. */
export async function within<T>(what: string, withinMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${withinMs} ms`)), withinMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
