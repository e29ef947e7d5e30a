/** True when `ms` have gone by since `since`. A clock that was set back counts as time gone by, so nothing waits for it. */
export function elapsed(since: number, now: number, ms: number): boolean {
  return now < since || now - since >= ms;
}

/** The earliest of some moments, null when there is none. */
export function earliest(...moments: readonly (number | null)[]): number | null {
  let first: number | null = null;
  for (const moment of moments) {
    if (moment !== null && (first === null || moment < first)) first = moment;
  }
  return first;
}
