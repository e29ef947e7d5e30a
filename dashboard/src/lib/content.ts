const loading = new Set<Promise<unknown>>();

/** What is shown needs this code first; all that can wait waits for it (F16). */
export function needFirst(code: Promise<unknown>): void {
  loading.add(code);
  const done = () => loading.delete(code);
  code.then(done, done);
}

/** Resolves when all code that was needed first is there, or cannot be had. */
export async function contentLoaded(): Promise<void> {
  while (loading.size > 0) await Promise.allSettled(loading);
}
