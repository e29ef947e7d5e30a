const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number) => String(value).padStart(2, '0');

/** A running time, in its two largest units: `42s`, `3m 05s`, `2h 07m`, `4d 03h`. `ms` below 0 counts as 0. */
export function duration(ms: number): string {
  const at = Math.max(0, ms);
  if (at < MINUTE) return `${Math.floor(at / SECOND)}s`;
  if (at < HOUR) return `${Math.floor(at / MINUTE)}m ${two(Math.floor((at % MINUTE) / SECOND))}s`;
  if (at < DAY) return `${Math.floor(at / HOUR)}h ${two(Math.floor((at % HOUR) / MINUTE))}m`;
  return `${Math.floor(at / DAY)}d ${two(Math.floor((at % DAY) / HOUR))}h`;
}

/** How long ago `then` was, coarsely, so a list does not flicker: `now`, `40s`, `12m`, `3h`, `9d`. */
export function ago(then: number, now: number): string {
  const ms = now - then;
  if (ms < 5 * SECOND) return 'now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND / 5) * 5}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** To which ms the last activity is told (R3a), and a little for the way. */
const ACTIVITY_GRAIN = 35 * SECOND;

/** How long ago something was last printed or typed: what is told to within half a minute is not older than that. */
export const activeAgo = (then: number, now: number): string =>
  now - then < ACTIVITY_GRAIN ? 'now' : ago(then, now);

/** A duration: `38 ms`, `1.4 s`. */
export function took(ms: number): string {
  return ms < SECOND ? `${Math.round(ms)} ms` : `${(ms / SECOND).toFixed(1)} s`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes in binary units, to three digits at most: `512 B`, `1.5 MiB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

/** `1 agent`, `2 agents`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
