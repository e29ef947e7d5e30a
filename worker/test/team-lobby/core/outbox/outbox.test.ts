import { describe, expect, it } from 'vitest';
import fc from '../../../../../test/harness/fast-check.ts';
import {
  completeTry,
  openOutbox,
  outboxDeadline,
  queueEntry,
  takeDue,
} from '../../../../src/team-lobby/core/outbox/index.ts';

const LIMITS = { entries: 4, atOnce: 2, lease: 50, tries: 3, wait: 10, longest: 25 };
const entry = (id: string, over: { dueAt?: number; until?: number } = {}) => ({
  ...{ id, dueAt: 0, until: 1_000, tries: 0, body: id },
  ...over,
});

describe('[C10a] the outbox', () => {
  it('[C10] tries again later each time, not before it is asked to, and gives up', () => {
    const outbox = openOutbox<string>(LIMITS, [entry('a')]);
    const retry = (now: number, after?: number) =>
      completeTry(outbox, 'a', { type: 'retry', ...(after === undefined ? {} : { after }) }, now);
    takeDue(outbox, 0);
    expect(retry(0)).toMatchObject({ type: 'retried', entry: { dueAt: 10, tries: 1 } });
    expect(takeDue(outbox, 9).due).toEqual([]);
    takeDue(outbox, 10);
    expect(retry(10, 100)).toMatchObject({ type: 'retried', entry: { dueAt: 110, tries: 2 } });
    takeDue(outbox, 110);
    expect(retry(110)).toMatchObject({ type: 'given-up' });
    expect(outboxDeadline(outbox)).toBeNull();
  });

  it('[C10] each entry has one end, whatever happens: sent, given up or pushed out; none is lost', () => {
    const acts = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.constantFrom('queue', 'done', 'retry', 'reset')), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(acts, (steps) => {
        let outbox = openOutbox<string>(LIMITS, []);
        const ended: string[] = [];
        let [now, queued] = [0, 0];
        for (const [wait, act] of steps) {
          now += wait;
          if (act === 'queue') {
            const gone = queueEntry(outbox, entry(`e${queued++}`, { dueAt: now, until: now + 200 }));
            if (gone !== null) ended.push(gone.id);
          }
          if (act === 'reset') outbox = openOutbox(LIMITS, [...outbox.entries.values()]);
          ended.push(...takeDue(outbox, now).over.map(({ id }) => id));
          expect(outbox.underWay.size).toBeLessThanOrEqual(LIMITS.atOnce);
          expect(outbox.entries.size).toBeLessThanOrEqual(LIMITS.entries);
          const [id] = outbox.underWay.keys();
          if (id === undefined || (act !== 'done' && act !== 'retry')) continue;
          const settled = completeTry(outbox, id, { type: act }, now);
          if (settled !== null && settled.type !== 'retried') ended.push(id);
        }
        for (; outboxDeadline(outbox) !== null; now = outboxDeadline(outbox) ?? now) {
          const { due, over } = takeDue(outbox, now);
          ended.push(...over.map(({ id }) => id));
          for (const { id } of due) completeTry(outbox, id, { type: 'done' }, now);
          ended.push(...due.map(({ id }) => id));
        }
        expect(ended.sort()).toEqual(Array.from({ length: queued }, (_, index) => `e${index}`).sort());
      }),
    );
  });
});
