import { type PastAgent, type TeamId, TeamIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { type Delivered, deliver, finalRefusal } from '../../src/history/deliver.ts';
import { HistoryFlush } from '../../src/history/flush.ts';
import type { HistoryBatch, HistoryWriter } from '../../src/history/types.ts';
import { NOW, pastAgentOf, Steps } from './rig.ts';

const TEAM = TeamIdSchema.parse('default');
const CONSTRAINT = 'D1_ERROR: NOT NULL constraint failed: events.at: SQLITE_CONSTRAINT';
const AWAY = 'D1_ERROR: Network connection lost.';

/** Takes a batch whole or not at all, as one transaction of D1 does. */
class Picky implements HistoryWriter {
  readonly has: number[] = [];
  tries = 0;
  readonly #poison: ReadonlySet<number>;
  /** Tries it answers before it is away. */
  #answers: number;

  constructor(poison: readonly number[] = [], answers = Infinity) {
    this.#poison = new Set(poison);
    this.#answers = answers;
  }

  back(): void {
    this.#answers = Infinity;
  }

  async write({ events }: HistoryBatch): Promise<void> {
    this.tries += 1;
    if (this.#answers-- <= 0) throw new Error(AWAY);
    if (events.some(({ number }) => this.#poison.has(number))) throw new Error(CONSTRAINT);
    this.has.push(...events.map(({ number }) => number));
  }

  async writeAgent(_team: TeamId, { name }: PastAgent): Promise<void> {
    if (this.#answers-- <= 0) throw new Error(AWAY);
    if (name === 'poison') throw new Error(CONSTRAINT);
  }
}

const stepsOf = (count: number) => {
  const steps = new Steps();
  for (let each = 0; each < count; each += 1) steps.asked(`c${each}`, 'ls');
  return steps.batch(TEAM);
};
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe('[A1] steps that history refuses', () => {
  it('for good are found out by halving and set aside; every other is written once, in order', async () => {
    const steps = fc.integer({ min: 1, max: 60 });
    const poison = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(steps, poison, async (count, numbered) => {
        const bad = numbered.filter((number) => number <= count).sort((a, b) => a - b);
        const writer = new Picky(bad);
        const { upTo, refused, failure } = await deliver(writer, stepsOf(count));
        expect(failure).toBeNull();
        expect(upTo).toBe(count);
        expect(refused).toEqual(bad.map((number) => ({ number, why: 'SQLITE_CONSTRAINT' })));
        expect(writer.has).toEqual(numbers(count).filter((number) => !bad.includes(number)));
      }),
    );
  });

  it('one among 500 costs no more tries than twice its halvings', async () => {
    const writer = new Picky([123]);
    await deliver(writer, stepsOf(500));
    expect(writer.tries).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(500)));
  });

  it('for now, in the midst of it, lose nothing: the rest is sent again', async () => {
    const cut = fc.integer({ min: 0, max: 30 });
    const poison = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(cut, poison, async (answers, bad) => {
        const writer = new Picky([bad], answers);
        const batch = stepsOf(20);
        const first = await deliver(writer, batch);
        writer.back();
        const from = first.upTo ?? 0;
        const rest = { ...batch, events: batch.events.filter(({ number }) => number > from) };
        const second = await deliver(writer, rest);
        expect(second.failure).toBeNull();
        expect(writer.has).toEqual(numbers(20).filter((number) => number !== bad));
        expect([...first.refused, ...second.refused].map(({ number }) => number)).toEqual([bad]);
      }),
    );
  });

  it('are none of theirs whose agent is refused for good; where it may pass they wait with it', async () => {
    const refused = await deliver(new Picky(), { ...stepsOf(2), agent: pastAgentOf({ name: 'poison' }) });
    expect(refused).toEqual({ upTo: 2, refused: [], failure: null });
    const away = await deliver(new Picky([], 0), { ...stepsOf(2), agent: pastAgentOf() });
    expect(away).toMatchObject({ upTo: null, failure: { message: AWAY } });
  });

  it('are told from what may pass by SQLite’s word on the rows', () => {
    expect(finalRefusal(new Error(CONSTRAINT))).toBe('SQLITE_CONSTRAINT');
    expect(finalRefusal(new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG'))).toBe('SQLITE_TOOBIG');
    expect(finalRefusal(new Error('D1_ERROR: malformed JSON: SQLITE_ERROR'))).toBe('malformed JSON');
    for (const passing of [
      AWAY,
      'D1_ERROR: D1 DB reset because its code was updated.',
      'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
      'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
      'D1_ERROR: no such table: events: SQLITE_ERROR',
      'D1_ERROR: table commands has no column named output: SQLITE_ERROR',
      'D1_ERROR: Exceeded maximum DB size.',
      'D1_ERROR: database is locked: SQLITE_BUSY',
    ])
      expect(finalRefusal(new Error(passing))).toBeNull();
  });
});

/** Writes one step; resolves to what was acknowledged, while nothing was due. */
async function written(flush: HistoryFlush, at: number, now: number): Promise<Delivered[]> {
  const acknowledged: Delivered[] = [];
  await flush.write(
    { at },
    async () => stepsOf(1),
    now,
    (delivered) => {
      acknowledged.push(delivered);
      expect(flush.nextDeadline({ at })).toBeNull();
    },
  );
  return acknowledged;
}

describe('[A1, H2] a room whose history is away', () => {
  it('tries after pauses that double up to an hour, though it sleeps in between and forgets', async () => {
    const oldest = { at: NOW };
    const pauses: number[] = [];
    let now = new HistoryFlush(new Picky()).nextDeadline(oldest) ?? 0;
    for (let tries = 0; tries < 16; tries += 1) {
      const flush = new HistoryFlush(new Picky([], 0));
      const delivered = await written(flush, oldest.at, now);
      expect(delivered).toMatchObject([{ upTo: null, failure: { message: AWAY } }]);
      const next = flush.nextDeadline(oldest) ?? 0;
      pauses.push((next - now) / 1_000);
      now = next;
    }
    expect(pauses.slice(0, 4)).toEqual([2, 4, 8, 16]);
    expect(pauses.slice(-3)).toEqual([3_600, 3_600, 3_600]);
  });

  it('is in time with what comes after it was back', async () => {
    const writer = new Picky([], 0);
    const flush = new HistoryFlush(writer);
    await written(flush, NOW, NOW + 100_000);
    writer.back();
    await written(flush, NOW, NOW + 200_000);
    expect(flush.nextDeadline(undefined)).toBeNull();
    expect(flush.nextDeadline({ at: NOW + 300_000 })).toBe(NOW + 302_000);
  });
});
