import { ClientIdSchema, wireError } from '@muster/protocol';
import { expect, test } from 'vitest';
import { InputDeduplicator } from '../../src/keeper/input-deduplicator.ts';
import { RequestLog } from '../../src/keeper/request-log.ts';

const client = (n: number) => ClientIdSchema.parse(`client ${n}`);

test('[I2] takes an input once, and no older one after it', () => {
  const ledger = new InputDeduplicator();
  expect([1, 2, 2, 1, 5, 3, 6].map((sequence) => ledger.accept(client(1), sequence, 0))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(ledger.accept(client(2), 1, 0)).toBe(true);
});

test('[I2] acks cumulatively, 20 ms after the input and at most once in 100 ms a client', () => {
  const ledger = new InputDeduplicator();
  ledger.accept(client(1), 1, 980);
  expect(ledger.acks(999)).toEqual([]);
  expect(ledger.dueAt()).toBe(1_000);
  expect(ledger.acks(1_000)).toEqual([{ clientId: client(1), inputSequence: 1 }]);
  ledger.accept(client(1), 2, 1_010);
  ledger.accept(client(1), 3, 1_040);
  expect(ledger.acks(1_050)).toEqual([]);
  expect(ledger.dueAt()).toBe(1_100);
  expect(ledger.acks(1_100)).toEqual([{ clientId: client(1), inputSequence: 3 }]);
  expect(ledger.dueAt()).toBeNull();
});

test('[I2] acks a repeat again', () => {
  const ledger = new InputDeduplicator();
  ledger.accept(client(1), 4, 0);
  ledger.acks(20);
  ledger.accept(client(1), 4, 480);
  expect(ledger.acks(500)).toEqual([{ clientId: client(1), inputSequence: 4 }]);
});

test('[I2] remembers 1,000 clients, the latest', () => {
  const ledger = new InputDeduplicator();
  for (let n = 0; n <= 1_000; n += 1) ledger.accept(client(n), 9, 0);
  expect(ledger.accept(client(1), 9, 0)).toBe(false);
  expect(ledger.accept(client(0), 9, 0)).toBe(true);
});

test('[I1] a request is new once, and its result is remembered for 1,000 others', () => {
  const log = new RequestLog();
  const error = wireError('INVALID_STATE', 'no');
  expect(log.begin('a')).toBeNull();
  expect(log.begin('a')).toEqual({ state: 'running' });
  log.finish('a', error);
  expect(log.begin('a')).toEqual({ state: 'done', error });
  for (let n = 0; n < 1_000; n += 1) log.begin(`other ${n}`);
  expect(log.begin('a')).toBeNull();
});
