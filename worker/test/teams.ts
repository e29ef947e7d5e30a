/** The teams that a file of tests may use, one after the other: there are no others (X14). */
export const TEST_TEAMS = Array.from({ length: 2_000 }, (_, index) => `t-${index + 1}`);
