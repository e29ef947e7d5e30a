import type { Battery } from './battery.ts';
import type { Tally } from './tally.ts';

/** Complaints that are told; more of the same help nobody. */
const SHOWN = 5;

export const passes = (count: number, tally: Tally) =>
  tally.complaints.length === 0 && tally.passed === count;

/** `battery 7: pass 200/200 exact`, and when it fell short what was wrong and how to see it again. */
export function lineOf(battery: Battery, count: number, tally: Tally, again: string): string {
  const { id, word, full } = battery;
  const good = passes(count, tally);
  const of = count < full ? ` (of ${full})` : '';
  const notes = tally.notes.length > 0 ? `; ${tally.notes.join('; ')}` : '';
  const head = `battery ${id}: ${good ? 'pass' : 'FAIL'} ${tally.passed}/${count} ${word}${of}${notes}`;
  if (good) return head;
  const more = tally.complaints.length - SHOWN;
  return [
    head,
    ...tally.complaints.slice(0, SHOWN).map((why) => `  ${why}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  again: ${again}`,
  ].join('\n');
}
