import { AgentIdSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { answerMessages, fingerprintOf, recognize, staleRefusal } from '../../src/socket/idempotency.ts';

const error = wireError('QUEUE_FULL', 'at most 100');
const MEMORY = 600_000;

describe('[I1] a request that is sent again', () => {
  const answer = fc.constantFrom({ success: true }, { success: false, error });

  it('is told what it was told first, as long as that is remembered', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(answer), (fingerprint, ack) => {
        const expected = ack === null ? { type: 'pending' } : { type: 'answered', ack };
        expect(recognize({ fingerprint, ack }, fingerprint)).toEqual(expected);
      }),
    );
  });

  it('is another one with any other content, and refused, whatever came of the first', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(answer), (first, second, ack) => {
        fc.pre(first !== second);
        const code = 'INVALID_MESSAGE';
        expect(recognize({ fingerprint: first, ack }, second)).toMatchObject({
          type: 'refused',
          error: { code },
        });
      }),
    );
    expect(recognize(undefined, 'f')).toEqual({ type: 'new' });
  });

  it('[X13] is known by a short text without its content', () => {
    const message = (command: string) =>
      ({ type: 'agent:command', payload: { agentId: AgentIdSchema.parse('a'), command } }) as const;
    expect(fingerprintOf(message('secret'))).toBe(fingerprintOf(message('secret')));
    expect(fingerprintOf(message('secret'))).not.toBe(fingerprintOf(message('secreu')));
    expect(fingerprintOf(message('secret'.repeat(1_000))).length).toBeLessThan(40);
  });

  it('is refused where it may have been forgotten, and only there', () => {
    const asked = (age: number | undefined) =>
      staleRefusal(age === undefined ? undefined : MEMORY - age, MEMORY, MEMORY)?.details;
    expect(asked(undefined)).toBeUndefined();
    expect(asked(MEMORY - 60_001)).toBeUndefined();
    expect(asked(MEMORY - 60_000)).toEqual({ outcome: 'unknown' });
  });

  it('gets one ack under its id, and the reason as an error before it', () => {
    expect(answerMessages({ success: false, error }, 'm1')).toEqual([
      { type: 'error', payload: error },
      { type: 'ack', payload: { messageId: 'm1', success: false, error } },
    ]);
    expect(answerMessages({ success: true }, undefined)).toEqual([]);
  });
});
