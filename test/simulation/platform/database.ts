/** A D1 that takes everything and has nothing. */
export function emptyDatabase() {
  const none = { success: true, results: [], meta: { rows_written: 0, rows_read: 0, changes: 0 } };
  const statement = {
    bind: () => statement,
    run: async () => none,
    all: async () => none,
    first: async () => null,
    raw: async () => [],
  };
  return { prepare: () => statement, batch: async (all: readonly unknown[]) => all.map(() => none) };
}
