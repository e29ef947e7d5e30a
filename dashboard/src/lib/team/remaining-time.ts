const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something is still good for, to the nearest: `for 7 more days`, `for 14 more minutes`, `no longer`. */
export function remainingTime(until: number, now: number): string {
  const ms = until - now;
  if (ms <= 0) return 'no longer';
  if (ms < MINUTE) return 'for less than a minute';
  if (ms < 2 * HOUR) return more(ms / MINUTE, 'minute');
  return ms < 2 * DAY ? more(ms / HOUR, 'hour') : more(ms / DAY, 'day');
}

function more(count: number, noun: string): string {
  const whole = Math.round(count);
  return `for ${whole} more ${noun}${whole === 1 ? '' : 's'}`;
}
