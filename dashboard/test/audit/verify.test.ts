import { describe, expect, test } from 'vitest';
import { actionWords, actorWords, resultWords } from '../../src/lib/audit/labels.ts';
import { BEGUN, faultWords, verified } from '../../src/lib/audit/verify.ts';

const part = { state: 'intact', checked: 20_000, rows: 45_000, fault: null, next: 20_000 } as const;

describe('[X8] the audit log is verified', () => {
  test('part by part, to its end', () => {
    const first = verified(BEGUN, part, 1);
    expect(first).toEqual({ name: 'checking', checked: 20_000, rows: 45_000 });
    const second = verified(first, { ...part, next: 40_000 }, 2);
    expect(verified(second, { ...part, checked: 5_000, next: null }, 3)).toEqual({
      name: 'intact',
      checked: 45_000,
      at: 3,
    });
  });
  test('up to where it is wrong', () => {
    const fault = { sequence: 20_007, kind: 'changed' } as const;
    const broken = verified(
      verified(BEGUN, part, 1),
      { ...part, state: 'broken', checked: 6, fault, next: null },
      2,
    );
    expect(broken).toEqual({ name: 'broken', kind: 'changed', sequence: 20_007, checked: 20_006, at: 2 });
    expect(faultWords('changed', 20_007)).toContain('Row 20007 is not as it was written');
  });
});

describe('a row of the log', () => {
  test('shows actor, action and result in words', () => {
    expect([actionWords('host:enrol'), actionWords('of:newer')]).toEqual(['Enrolled a host', 'of:newer']);
    expect(actorWords({ name: '', memberId: null })).toBe('a host');
    expect([resultWords('ok'), resultWords('AGENT_OFFLINE')]).toEqual(['done', 'agent offline']);
  });
});
