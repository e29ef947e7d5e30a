import { MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Alarm } from '../../src/socket/alarm.ts';
import { type Bucket, fullBucket, refund, take } from '../../src/socket/bucket.ts';
import { answerableCode } from '../../src/socket/close.ts';
import { earliest } from '../../src/socket/deadlines.ts';
import { offersCanonical, readClaims, withClaims } from '../../src/socket/handshake.ts';
import { MemberRateLimiter, SOCKET_RATE } from '../../src/socket/member-rate-limiter.ts';
import { Meter } from '../../src/usage.ts';
import { MEMBER_BODY, NOW } from '../auth/bodies.ts';

const RATE = { perSecond: 100, burst: 200 };

describe('token bucket', () => {
  it('[L] lets no more through than burst + rate × time, over any arrivals', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 1_500 });
    fc.assert(
      fc.property(gaps, (waits) => {
        let bucket: Bucket = fullBucket(RATE, NOW);
        let now = NOW;
        let passed = 0;
        for (const wait of waits) {
          now += wait;
          const taken = take(bucket, RATE, now);
          bucket = taken.bucket;
          if (taken.ok) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(RATE.burst + ((now - NOW) * RATE.perSecond) / 1000);
      }),
    );
  });

  it('[L] waiting retryAfter succeeds, 1 ms less fails; refusals are counted in a row', () => {
    let bucket = fullBucket(RATE, NOW);
    for (let index = 0; index < 200; index += 1) bucket = take(bucket, RATE, NOW).bucket;
    const refused = take(bucket, RATE, NOW);
    if (refused.ok) throw new Error('let through');
    expect(refused.retryAfter).toBe(10);
    expect(take(refused.bucket, RATE, NOW + 9)).toMatchObject({ ok: false, bucket: { refused: 2 } });
    expect(take(refused.bucket, RATE, NOW + 10)).toMatchObject({ ok: true, bucket: { refused: 0 } });
  });

  it('[L] at any rate and after any arrivals: waiting retryAfter succeeds, 10 ms less fails', () => {
    const rates = [RATE, { perSecond: 10, burst: 20 }, { perSecond: 10 / 60, burst: 10 }];
    const waits = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...rates), waits, (rate, gaps) => {
        let now = NOW;
        let bucket = fullBucket(rate, now);
        for (let left = rate.burst; left > 0; left -= 1) bucket = take(bucket, rate, now).bucket;
        for (const gap of gaps) {
          now += gap;
          const taken = take(bucket, rate, now);
          bucket = taken.bucket;
          if (taken.ok) continue;
          const { retryAfter } = taken;
          expect(take(bucket, rate, now + Math.max(0, retryAfter - 10)).ok).toBe(false);
          expect(take(bucket, rate, now + retryAfter).ok).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('[S8] a refunded token can be taken again, and none beyond the burst', () => {
    const one = take(fullBucket(RATE, NOW), RATE, NOW).bucket;
    expect(refund(refund(one, RATE), RATE).tokens).toBe(200);
  });
});

describe('callers', () => {
  const [ada, bo] = ['ada', 'bo'].map((id) => MemberIdSchema.parse(id));
  if (ada === undefined || bo === undefined) throw new Error('nobody');
  const waits = (callers: MemberRateLimiter, now: number, who = ada) =>
    callers.refusal(who, now)?.details?.['retryAfter'] ?? null;

  it('[L] each REST caller has a bucket of its own: waiting retryAfter succeeds, 10 ms less fails', () => {
    const callers = new MemberRateLimiter();
    for (let said = 0; said < SOCKET_RATE.burst; said += 1) expect(waits(callers, NOW)).toBeNull();
    expect(waits(callers, NOW)).toBe(10);
    expect(waits(callers, NOW + 10)).toBeNull();
    expect(waits(callers, NOW + 10)).toBe(10);
    expect(waits(callers, NOW, bo)).toBeNull();
    // An object is evicted after 10 s in which nobody asked it anything at the earliest: nothing needs to be kept.
    for (let said = 0; said < SOCKET_RATE.burst; said += 1) expect(waits(callers, NOW + 10_000)).toBeNull();
  });
});

describe('close codes', () => {
  it('1005, 1006 and 1015 are mapped, and every answer is one that close() takes', () => {
    expect([1005, 1006, 1015].map(answerableCode)).toEqual([1000, 1001, 1001]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (code) => {
        const answer = answerableCode(code);
        expect([1005, 1006, 1015, 1004]).not.toContain(answer);
        expect((answer >= 1000 && answer <= 1014) || (answer >= 3000 && answer <= 4999)).toBe(true);
      }),
    );
    expect(answerableCode(4409)).toBe(4409);
  });
});

describe('the one alarm', () => {
  it('[H2] is the earliest duty, and none when there is none', () => {
    expect(earliest([null, 5, 3])).toBe(3);
    expect(earliest([null])).toBeNull();
  });

  it('[H2] is written only to ring earlier, or again', async () => {
    const writes: (number | null)[] = [];
    const meter = new Meter();
    const storage = {
      getAlarm: async () => 5,
      setAlarm: async (at: number | Date) => void writes.push(Number(at)),
      deleteAlarm: async () => void writes.push(null),
    };
    const alarm = new Alarm(storage, meter);
    await alarm.load();
    for (const at of [5, 7, null, 4, 4, 6]) alarm.set(at);
    alarm.fire(() => alarm.set(1));
    for (const at of [null, 9]) alarm.set(at);
    alarm.clear();
    alarm.set(9);
    expect(writes).toEqual([4, 9, null, 9]);
    expect(meter.usage.rowsWritten).toBe(4);
  });
});

describe('handshake', () => {
  const claims = { kind: 'member', member: 'm', team: 'default', role: 'viewer', name: 'Łucja', sid: 's' };

  it('claims survive the header, names that are not ASCII too', () => {
    const sent = withClaims(new Headers(), readable(), null);
    expect(readClaims(sent)).toMatchObject({ ok: true, value: { name: MEMBER_BODY.name } });
    expect(readClaims(withClaims(sent, null, null))).toEqual({ ok: true, value: null });
  });

  it('[X5] a claims header that cannot be read is refused', () => {
    for (const value of ['{}', '%', 'null', JSON.stringify({ ...claims, role: 'owner', expiresAt: 1 })]) {
      expect(readClaims(new Headers({ 'x-muster-claims': encodeURIComponent(value) })).ok).toBe(false);
    }
  });

  it('[G1] muster.v1 is found among what the client offers', () => {
    const offering = (list: string) => offersCanonical(new Headers({ 'sec-websocket-protocol': list }));
    expect(offering('other, muster.v1')).toBe(true);
    expect(offering('muster.v10')).toBe(false);
    expect(offersCanonical(new Headers())).toBe(false);
  });
});

function readable() {
  const { sub: member, ...rest } = MEMBER_BODY;
  return { kind: 'member' as const, member, ...rest, agents: [], revision: 0, expiresAt: NOW };
}
