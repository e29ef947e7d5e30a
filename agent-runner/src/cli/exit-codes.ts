/** The command line is wrong. */
export const USAGE = 2;
/** Another process of the kind has the lock. */
export const ANOTHER_RUNS = 3;
