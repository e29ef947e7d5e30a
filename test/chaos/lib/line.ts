import type { Battery } from './battery.ts';
import type { TrialResults } from './trial-results.ts';

/** Complaints that are told; more of the same help nobody. */
const SHOWN = 5;

export const passes = (count: number, tally: TrialResults) =>
  tally.complaints.length === 0 && tally.passed === count;

/** `battery 7: pass 200/200 exact`, and when it fell short what was wrong and how to see it again. */
export function lineOf(battery: Battery, count: number, tally: TrialResults, again: string): string {
  const { id, verdict, target } = battery;
  const good = passes(count, tally);
  const of = count < target ? ` (of ${target})` : '';
  const notes = tally.notes.length > 0 ? `; ${tally.notes.join('; ')}` : '';
  const head = `battery ${id}: ${good ? 'pass' : 'FAIL'} ${tally.passed}/${count} ${verdict}${of}${notes}`;
  if (good) return head;
  const more = tally.complaints.length - SHOWN;
  return [
    head,
    ...tally.complaints.slice(0, SHOWN).map((why) => `  ${why}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  again: ${again}`,
  ].join('\n');
}
