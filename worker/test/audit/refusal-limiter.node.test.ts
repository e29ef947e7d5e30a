import { MemberIdSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { completeEntry, newDraft } from '../../src/audit/entry.ts';
import { entryOfRefusal, RefusalLimiter } from '../../src/audit/refusal-limiter.ts';

const MINUTE = 60_000;
const NO = wireError('INSUFFICIENT_PERMISSIONS', 'no');

function refusalOf(member: string, others = 0) {
  const actor = { id: MemberIdSchema.parse(member), name: member, role: 'viewer' } as const;
  return { entry: completeEntry(newDraft(actor, { action: 'agent:delete' }), NO, 1), others };
}

describe('[X8a] refusals by role', () => {
  it('are reported ten times at once and then once a minute, and all of them are counted', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: MINUTE / 3 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.nat(3), (waits, others) => {
        const refusals = new RefusalLimiter();
        let now = MINUTE;
        let told = 0;
        let accounted = 0;
        for (const wait of waits) {
          now += wait;
          const admitted = refusals.admit(refusalOf('vic', others), now);
          if (admitted === null) continue;
          told += 1;
          accounted += 1 + admitted.others;
        }
        expect(told).toBeLessThanOrEqual(10 + (now - MINUTE) / MINUTE + 1e-6);
        expect(told).toBeGreaterThanOrEqual(Math.min(waits.length, 10));
        const last = refusals.admit(refusalOf('vic'), now + MINUTE);
        expect(accounted + (last?.others ?? 0)).toBe(waits.length * (1 + others));
      }),
    );
  });

  it('is counted for each member alone', () => {
    const refusals = new RefusalLimiter();
    for (let nth = 0; nth < 10; nth += 1) expect(refusals.admit(refusalOf('vic'), 0)?.others).toBe(0);
    expect(refusals.admit(refusalOf('vic'), 0)).toBeNull();
    expect(refusals.admit(refusalOf('eve'), 0)?.others).toBe(0);
  });

  it('says how many were not put on record before it', () => {
    expect(entryOfRefusal(refusalOf('vic')).details).toBeNull();
    expect(entryOfRefusal(refusalOf('vic', 7)).details).toBe('{"notRecordedBefore":7}');
  });
});
