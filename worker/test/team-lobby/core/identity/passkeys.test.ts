import { describe, expect, it } from 'vitest';
import { passkeySummary, recordUse } from '../../../../src/team-lobby/core/identity/passkeys.ts';
import { PasskeyRowSchema } from '../../../../src/team-lobby/core/identity/types.ts';

const row = (counter: number) =>
  PasskeyRowSchema.parse({
    ...{ id: 'k', name: 'laptop', createdAt: 1, usedAt: null, memberId: 'ada' },
    ...{ publicKey: 'p', counter, transports: [] },
  });

describe('[X3] a passkey', () => {
  it('that counts counts up, and one that does not always says 0', () => {
    expect(recordUse(row(3), 4, 9)).toEqual({ ok: true, value: { ...row(4), usedAt: 9 } });
    expect(recordUse(row(0), 0, 9)).toMatchObject({ ok: true });
    for (const counter of [3, 2, 0])
      expect(recordUse(row(3), counter, 9)).toMatchObject({ error: { code: 'AUTH_FAILED' } });
  });

  it('is shown to its owner without its key', () => {
    expect(passkeySummary(row(3))).toEqual({ id: 'k', name: 'laptop', createdAt: 1, usedAt: null });
  });
});
