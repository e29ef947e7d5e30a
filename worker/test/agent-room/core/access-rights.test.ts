import { describe, expect, it } from 'vitest';
import {
  applyCachedRights,
  authorizeMember,
  cachedRights,
} from '../../../src/agent-room/core/viewers/access-rights.ts';
import { MemberClaimsSchema, type RightsChange } from '../../../src/auth/claims.ts';
import { Rig } from './rig.ts';

const HOUR = 3_600_000;
const claims = (over: object = {}) =>
  MemberClaimsSchema.parse({
    ...{
      kind: 'member',
      team: 'default',
      expiresAt: 9e12,
      member: 'ada',
      name: 'Ada',
      role: 'admin',
      sid: 's',
    },
    revision: 5,
    ...over,
  });
const change = (who: object, standing: object | null, revision = 6) =>
  ({ who, standing, revision }) as RightsChange;
const ada = { kind: 'member', memberId: 'ada' };
const lower = { name: 'Ada', role: 'viewer', agents: [] };
const after = (...changes: RightsChange[]) =>
  applyCachedRights(
    changes.map((one) => cachedRights(one, 0)),
    claims(),
  );

describe('[X5] [M13] the access rights that a room caches', () => {
  it('overrules claims that are older, of that member or session, whatever order it came in', () => {
    expect(after()).toEqual(claims());
    expect(after(change(ada, lower))).toEqual(claims({ role: 'viewer', revision: 6 }));
    expect(after(change(ada, lower, 5))).toEqual(claims());
    expect(after(change({ ...ada, memberId: 'bob' }, null))).toEqual(claims());
    expect(after(change({ kind: 'session', sid: 's' }, null))).toBeNull();
    expect(after(change({ kind: 'session', sid: 'other' }, null))).toEqual(claims());
    expect(after(change(ada, lower, 6), change(ada, null, 7))).toBeNull();
    expect(after(change(ada, null, 7), change(ada, lower, 6))).toBeNull();
  });

  it('of a token counts its own change, or the end of its maker', () => {
    const token = claims({ sid: 'token:k' });
    const told = (one: RightsChange) => applyCachedRights([cachedRights(one, 0)], token);
    expect(told(change(ada, lower))).toEqual(token);
    expect(told(change(ada, null))).toBeNull();
    expect(told(change({ kind: 'session', sid: 'token:k' }, lower))).toMatchObject({ role: 'viewer' });
  });

  it('is kept for an hour, one of each member and session', () => {
    const kept = cachedRights(change(ada, null), 1_000);
    expect(kept).toMatchObject({ key: 'member ada', until: 1_000 + HOUR });
    expect(cachedRights(change({ kind: 'session', sid: 's' }, null), 0).key).toBe('session s');
  });

  it('admits members that may see this agent, and none whose claims have ended', () => {
    const { room } = new Rig();
    const code = (over: object | null) => {
      const result = authorizeMember(room, over === null ? null : claims(over));
      return result.ok ? 'in' : result.error.code;
    };
    expect(code({})).toBe('in');
    expect(code({ agents: [{ names: ['a'] }] })).toBe('in');
    expect(code({ agents: [{ names: ['b'] }] })).toBe('AGENT_NOT_FOUND');
    expect(code(null)).toBe('AUTH_FAILED');
    expect(authorizeMember({ durable: null }, claims({ agents: [{ names: ['b'] }] })).ok).toBe(true);
  });
});
