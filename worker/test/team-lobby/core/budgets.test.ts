import { type HostId, MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import {
  BudgetLimiter,
  type BudgetRow,
  type BudgetStore,
  CONNECTION_RATE,
} from '../../../src/team-lobby/core/budgets.ts';
import { LOBBY } from '../../../src/team-lobby/core/limits.ts';
import { NOW } from '../../auth/bodies.ts';

const { burst, perSecond } = CONNECTION_RATE;
const ADA = { kind: 'member', id: MemberIdSchema.parse('ada') } as const;
const WAIT = 1_000 / perSecond;

class MemoryStore implements BudgetStore {
  readonly rows = new Map<string, BudgetRow>();
  written = 0;

  row(who: string): BudgetRow | null {
    return this.rows.get(who) ?? null;
  }

  put(row: BudgetRow, now: number): void {
    this.written += 1;
    for (const { who, until } of [...this.rows.values()]) if (until <= now) this.rows.delete(who);
    this.rows.set(row.who, row);
  }
}

const waits = (connections: BudgetLimiter, now: number) =>
  connections.charge(ADA, now)?.details?.['retryAfter'] ?? null;

describe('[L] connections a minute', () => {
  it('are 300, all of them at once, then one each 200 ms', () => {
    const connections = new BudgetLimiter(new MemoryStore());
    for (let opened = 0; opened < 300; opened += 1) expect(waits(connections, NOW)).toBeNull();
    expect(connections.charge(ADA, NOW)).toMatchObject({
      code: 'RATE_LIMIT',
      message: 'at most 300 connections a minute',
      details: { retryAfter: 200 },
    });
    expect(waits(connections, NOW + 190)).toBe(10);
    expect(waits(connections, NOW + 200)).toBeNull();
    expect(waits(connections, NOW + 200)).toBe(200);
  });

  it('let a host with 100 agents come back after each of two restarts', () => {
    const connections = new BudgetLimiter(new MemoryStore());
    const host = { kind: 'host', id: 'h' as HostId } as const;
    for (let opened = 0; opened < 2 * 101; opened += 1) expect(connections.charge(host, NOW)).toBeNull();
  });

  it('waiting retryAfter succeeds and 10 ms less fails, whenever the object is evicted', () => {
    const gaps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 500 }), evicted: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(gaps, (steps) => {
        const store = new MemoryStore();
        let connections = new BudgetLimiter(store);
        let now = NOW;
        while (waits(connections, now) === null);
        for (const { wait, evicted } of steps) {
          now += wait;
          const retryAfter = waits(connections, now);
          if (evicted) connections = new BudgetLimiter(store);
          if (retryAfter === null) continue;
          const early = new BudgetLimiter({ row: (who) => store.row(who), put: () => undefined });
          expect(waits(early, now + Math.max(0, Number(retryAfter) - 10))).not.toBeNull();
          now += Number(retryAfter);
          expect(waits(connections, now)).toBeNull();
        }
      }),
    );
  });

  it('are at most an eighth of the burst more at each eviction, and ordinary use writes no row', () => {
    const store = new MemoryStore();
    const few = new BudgetLimiter(store);
    for (let opened = 0; opened < burst / 8 - 1; opened += 1) waits(few, NOW);
    expect(store.written).toBe(0);
    let opened = 0;
    for (let connections = new BudgetLimiter(store); waits(connections, NOW) === null; opened += 1)
      if (opened === burst / 2) connections = new BudgetLimiter(store);
    expect(opened).toBeLessThanOrEqual(burst + burst / 8);
  });

  it('cost a row at most for each that is let in, however often others are refused', () => {
    const store = new MemoryStore();
    const connections = new BudgetLimiter(store);
    while (waits(connections, NOW) === null);
    const before = store.written;
    for (let refused = 0; refused < 1_000; refused += 1) waits(connections, NOW);
    expect(store.written).toBe(before);
    for (let now = NOW; now <= NOW + 10 * WAIT; now += WAIT / 4) waits(connections, now);
    expect(store.written - before).toBeLessThanOrEqual(11);
  });

  it('are forgotten in the store when they are long ago, and in memory when many others come', () => {
    const store = new MemoryStore();
    const connections = new BudgetLimiter(store);
    while (waits(connections, NOW) === null);
    const later = NOW + 60_001;
    for (let other = 0; other <= LOBBY.budgetsInMemory; other += 1)
      connections.charge({ kind: 'member', id: MemberIdSchema.parse(`m${other}`) }, later);
    const busy = { kind: 'member', id: MemberIdSchema.parse('busy') } as const;
    while (connections.charge(busy, later) === null);
    expect([...store.rows.keys()]).toEqual(['member:busy']);
  });
});
