import { KIB } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { creditDeadline, creditReceived, NO_CREDIT, tickCredit } from '../../src/stream/credit.ts';
import { epochOf } from './support.ts';

const at = { epoch: epochOf(1), sequence: 7 };

describe('credit', () => {
  it('[S8] acks at 128 KiB', () => {
    const first = creditReceived(NO_CREDIT, 128 * KIB - 1, at, 0);
    expect(first.ack).toBeNull();
    expect(creditReceived(first.state, 1, at, 1)).toEqual({ state: NO_CREDIT, ack: at });
  });

  it('[S8] acks 100 ms after the first unacked byte', () => {
    const { state } = creditReceived(NO_CREDIT, 10, at, 50);
    expect(creditDeadline(state)).toBe(150);
    expect(tickCredit(state, at, 149).ack).toBeNull();
    expect(tickCredit(state, at, 150)).toEqual({ state: NO_CREDIT, ack: at });
    expect(creditDeadline(NO_CREDIT)).toBeNull();
  });

  it('[S8] names no place before there is one', () => {
    expect(creditReceived(NO_CREDIT, 300 * KIB, null, 0).ack).toBeNull();
    expect(creditReceived(NO_CREDIT, 300 * KIB, { epoch: null, sequence: 0 }, 0).ack).toBeNull();
  });
});
