const loading = new Set<Promise<unknown>>();

/** Marks code as needed for the page's content. Everything less urgent loads after it (F16). */
export function loadFirst(code: Promise<unknown>): void {
  loading.add(code);
  const done = () => loading.delete(code);
  code.then(done, done);
}

/** Resolves when that code has loaded or failed. */
export async function contentLoaded(): Promise<void> {
  while (loading.size > 0) await Promise.allSettled(loading);
}
