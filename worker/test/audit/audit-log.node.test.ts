import type { AuditEntry, AuditRow } from '@muster/protocol';
import { TeamIdSchema } from '@muster/protocol';
import { expect, it } from 'vitest';
import { AuditLog, type AuditStore } from '../../src/audit/audit-log.ts';
import type { Head } from '../../src/audit/core/chain.ts';

const NOW = 1_000_000;
const entry = (action: string): AuditEntry => ({
  ...{ at: 1, memberId: null, name: '', role: null, address: null, action },
  ...{ agentId: null, agentUid: null, target: null, result: 'ok', details: null },
});

/** What a lobby keeps, in memory. */
class Kept implements AuditStore {
  entries: AuditEntry[] = [];
  end: Head | null = null;
  head = () => this.end;
  get hasPending() {
    return this.entries.length > 0;
  }
  append(one: AuditEntry) {
    this.entries.push(one);
  }
  takeFromRoom = () => 0;
  pending = (limit: number) => this.entries.slice(0, limit);
  markWritten(head: Head) {
    this.entries = this.entries.slice(head.sequence - (this.end?.sequence ?? 0));
    this.end = head;
  }
}

/** A book, and D1 as it would be; `broken`: how often it does not answer. */
function opened(store = new Kept()) {
  const rows = new Map<number, AuditRow>();
  const fate = { broken: 0, writes: 0 };
  const book = new AuditLog({
    team: TeamIdSchema.parse('default'),
    store,
    mac: async () => async (text) => text.length.toString(16).padStart(64, '0'),
    write: async (written) => {
      fate.writes += 1;
      if (fate.broken-- > 0) throw new Error('D1 is away');
      for (const row of written) rows.set(row.sequence, row);
    },
  });
  return { book, store, rows, fate };
}

it('[X8] waits a second for more, writes all as one, and then has no duty', async () => {
  const { book, rows, fate } = opened();
  expect(book.nextDeadline).toBeNull();
  book.append(entry('one'), NOW);
  book.append(entry('two'), NOW + 900);
  expect(book.nextDeadline).toBe(NOW + 1_000);
  expect([book.isDue(NOW + 999), book.isDue(NOW + 1_000)]).toEqual([false, true]);
  expect(await book.write(NOW + 1_000)).toMatchObject({ sequence: 2 });
  expect([...rows.values()].map(({ action }) => action)).toEqual(['one', 'two']);
  expect([book.nextDeadline, fate.writes]).toEqual([null, 1]);
});

it('[X8] tries again after 1, 2, 4 … 30 s while D1 is away, and writes the same rows', async () => {
  const { book, rows, fate } = opened();
  book.append(entry('one'), NOW);
  fate.broken = 7;
  const pauses: number[] = [];
  for (let now = NOW; fate.broken > 0; now = book.nextDeadline ?? now) {
    await expect(book.write(now)).rejects.toThrow('D1 is away');
    pauses.push((book.nextDeadline ?? 0) - now);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(await book.write(NOW)).toMatchObject({ sequence: 1 });
  expect([rows.size, book.nextDeadline]).toEqual([1, null]);
});

it('[X8] a log that is opened again writes what is pending, at once', async () => {
  const first = opened();
  first.book.append(entry('one'), NOW);
  const again = opened(first.store);
  expect(again.book.isDue(NOW)).toBe(true);
  expect(await again.book.write(NOW)).toMatchObject({ sequence: 1 });
});

it('[X8] entries appended during a write go along, and one at the very end is due at once', async () => {
  const { book, rows } = opened();
  book.append(entry('one'), NOW);
  const writing = book.write(NOW);
  book.append(entry('two'), NOW);
  await writing;
  expect([...rows.keys()]).toEqual([1, 2]);
  const nothing = book.write(NOW);
  book.append(entry('three'), NOW);
  await nothing;
  expect([rows.size, book.isDue(NOW)]).toEqual([2, true]);
});
