import { ApiTokenSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { byOwner, emptyToken, LIFETIMES, toTokenInput } from '../../src/lib/team/token-draft.ts';

const DAY = 24 * 3_600_000;

describe('[X5] an API token', () => {
  it('asks for the least unless more is chosen, and for an end', () => {
    expect(toTokenInput({ ...emptyToken(), name: ' ci ' })).toEqual({
      ok: true,
      value: { name: 'ci', role: 'viewer', agents: null, expiresIn: 30 * DAY },
    });
  });
  it('may have each lifetime that is offered', () => {
    for (const [days] of LIFETIMES) expect(toTokenInput({ ...emptyToken(), name: 'ci', days }).ok).toBe(true);
  });
  it('with mistakes names their fields', () => {
    const limit = { some: true, names: '', labels: '' };
    const result = toTokenInput({ name: '', role: 'viewer', limit, days: 999 });
    expect(result.ok ? [] : Object.keys(result.error).sort()).toEqual(['agents', 'expiresIn', 'name']);
  });
  it('of one’s own stands first, the newest before', () => {
    const token = (id: string, createdBy: string, createdAt: number) =>
      ApiTokenSchema.parse({
        id,
        name: id,
        role: 'viewer',
        createdBy,
        createdAt,
        expiresAt: 9,
        usedAt: null,
      });
    const tokens = [token('b', 'bob', 3), token('old', 'ada', 1), token('new', 'ada', 2)];
    expect(byOwner(tokens, 'ada').map(({ id }) => id)).toEqual(['new', 'old', 'b']);
  });
});
