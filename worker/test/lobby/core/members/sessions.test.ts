import { MemberIdSchema } from '@muster/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowdedOut, newSession, renewed, sameHash } from '../../../../src/lobby/core/members/sessions.ts';
import type { SessionRow } from '../../../../src/lobby/core/members/types.ts';

const ada = MemberIdSchema.parse('ada');
const device = (refresh: string, sid = 's') => ({
  sid,
  refresh,
  expiresAt: 9e12,
  device: 'a browser',
  address: null,
});
const fresh = (now = 0) => newSession(ada, device('t0'), now);
/** @throws when it is refused */
const renew = (session: SessionRow, spent: string, next: string, now: number): SessionRow => {
  const result = renewed(session, spent, device(next), now);
  if (result === null) throw new Error(`${spent} was refused`);
  return result;
};

describe('[X3] a session', () => {
  it('is renewed by its newest token, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { maxLength: 20 }), fc.nat(19), (pauses, old) => {
        let session = fresh();
        let now = 0;
        for (const [index, pause] of pauses.entries()) {
          now += pause;
          session = renew(session, `t${index}`, `t${index + 1}`, now);
        }
        // All before the last but one are used up, at any time.
        const used = Math.min(old, pauses.length - 2);
        if (used >= 0) expect(renewed(session, `t${used}`, device('thief'), now)).toBeNull();
        expect(renewed(session, 'never given', device('thief'), now)).toBeNull();
      }),
    );
  });

  it('takes the token before the newest again for 10 s, and not a moment longer, however often it is repeated', () => {
    const session = renew(fresh(), 't0', 't1', 1_000);
    const again = renew(session, 't0', 't1b', 11_000);
    expect(renewed(session, 't0', device('t1c'), 11_001)).toBeNull();
    expect(renewed(again, 't0', device('t1c'), 11_001)).toBeNull();
    // Whichever answer the browser kept goes on.
    for (const kept of ['t1', 't1b']) expect(renew(again, kept, 't2', 60_000).unused).toEqual(['t2']);
  });

  it('takes it no more once what came of it was used', () => {
    const session = renew(renew(fresh(), 't0', 't1', 0), 't1', 't2', 1);
    expect(renewed(session, 't0', device('x'), 2)).toBeNull();
    const twins = renew(renew(fresh(), 't0', 't1', 0), 't0', 't1b', 1);
    expect(renewed(renew(twins, 't1', 't2', 2), 't1b', device('x'), 3)).toBeNull();
  });

  it('one too many ends those that were unused for longest', () => {
    const own = [3, 1, 2].map((at) => ({ ...fresh(at), sid: `s${at}` }));
    expect(crowdedOut(own, 4)).toEqual([]);
    expect(crowdedOut(own, 3).map(({ sid }) => sid)).toEqual(['s1']);
    expect(crowdedOut(own, 2).map(({ sid }) => sid)).toEqual(['s1', 's2']);
  });

  it('compares hashes as wholes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(sameHash(one, other)).toBe(one === other);
      }),
    );
  });
});
