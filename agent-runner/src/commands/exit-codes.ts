/** Another process of the kind has the lock. */
export const ANOTHER_RUNS = 3;
