/** Runs a spawn whose child has this umask. It is the process's, so nothing may be awaited meanwhile. */
export function withUmask<T>(umask: number | undefined, spawn: () => T): T {
  if (umask === undefined) return spawn();
  const before = process.umask(umask);
  try {
    return spawn();
  } finally {
    process.umask(before);
  }
}
