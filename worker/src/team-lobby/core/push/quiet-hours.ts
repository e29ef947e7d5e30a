import type { QuietHours } from '@muster/protocol';

const MINUTES_OF_DAY = 24 * 60;

function minutes(clock: string): number {
  const [hours = '0', rest = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(rest);
}

/** The minute of the day by the clocks of a time zone. */
function minuteThere(now: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
  return minutes(format.format(now)) % MINUTES_OF_DAY;
}

/** C10: whether pushes are withheld now: from `from` until before `to`, over midnight where `to` is earlier. */
export function isQuiet(quiet: QuietHours | null, now: number): boolean {
  if (quiet === null) return false;
  const [from, to, at] = [minutes(quiet.from), minutes(quiet.to), minuteThere(now, quiet.timeZone)];
  return from <= to ? at >= from && at < to : at >= from || at < to;
}
