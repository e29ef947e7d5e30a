/** Moments as a person reads them, in the page's own time zone and language. `ms` since 1970. */
const DAY_MS = 24 * 3_600_000;

const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);

/** `Today`, `Yesterday`, else `Mon, 16 Nov`, with its year where that is another. */
export function dayOf(ms: number, now: number): string {
  // Days with a change of clocks have 23 or 25 hours.
  const days = Math.round((midnight(now) - midnight(ms)) / DAY_MS);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return new Date(ms).toLocaleDateString(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** In a sentence: `today`, `yesterday`, else `on Mon, 16 Nov`. */
export function onDay(ms: number, now: number): string {
  const day = dayOf(ms, now);
  return day === 'Today' || day === 'Yesterday' ? day.toLowerCase() : `on ${day}`;
}

/** `14:03:27`. */
export const timeOf = (ms: number): string =>
  new Date(ms).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });

/** To the second, with its zone, to compare with other logs. */
export const exactly = (ms: number): string => new Date(ms).toISOString();

/** Rows in a row that share a day, under that day's name. */
export function byDay<T>(
  rows: readonly T[],
  at: (row: T) => number,
  now: number,
): { readonly day: string; readonly rows: readonly T[] }[] {
  const days: { day: string; rows: T[] }[] = [];
  for (const row of rows) {
    const day = dayOf(at(row), now);
    const last = days.at(-1);
    if (last?.day === day) last.rows.push(row);
    else days.push({ day, rows: [row] });
  }
  return days;
}
