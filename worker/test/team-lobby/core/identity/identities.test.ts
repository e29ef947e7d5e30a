import { MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { recognize } from '../../../../src/team-lobby/core/identity/identities.ts';
import type { Identity } from '../../../../src/team-lobby/core/identity/types.ts';
import { fullTeam, memberRow, NOW } from './rows.ts';

const ada = memberRow('ada', { email: 'ada@x.example' });
const ownId = MemberIdSchema.parse('issuer|7');
const identity = (over: Partial<Identity> = {}) =>
  ({ mapped: null, ownId, email: null, newcomers: null, name: 'Ada L.', ...over }) as Identity;
const who = (members: readonly ReturnType<typeof memberRow>[], over: Partial<Identity>) => {
  const result = recognize(members, identity(over), NOW);
  return result.ok ? result.value.id : result.error.code;
};

describe('[X2] whose member an identity is', () => {
  it('the one that the settings map it to, before any other; none where that member does not exist', () => {
    const mapped = MemberIdSchema.parse('ada');
    expect(who([ada], { mapped, email: 'bob@x.example' })).toBe('ada');
    expect(who([], { mapped, newcomers: 'viewer' })).toBe('AUTH_FAILED');
    expect(who([{ ...ada, removedAt: 1 }], { mapped })).toBe('AUTH_FAILED');
  });

  it('else the one it made, else the one of its verified address', () => {
    const own = memberRow(ownId);
    expect(who([ada, own], { email: 'ada@x.example' })).toBe(ownId);
    expect(who([ada], { email: 'ada@x.example' })).toBe('ada');
    expect(who([ada], { email: 'eve@x.example' })).toBe('AUTH_FAILED');
    expect(who([ada], {})).toBe('AUTH_FAILED');
  });

  it('else a newcomer where they are allowed; removed members stay removed', () => {
    const made = recognize([ada], identity({ newcomers: 'viewer', email: 'eve@x.example' }), NOW);
    expect(made).toEqual({
      ok: true,
      value: memberRow(ownId, { name: 'Ada L.', role: 'viewer', email: 'eve@x.example', createdAt: NOW }),
    });
    const gone = { ...ada, removedAt: 1 };
    expect(who([gone], { email: 'ada@x.example', newcomers: 'viewer' })).toBe('AUTH_FAILED');
    expect(who([memberRow(ownId, { removedAt: 1 })], { newcomers: 'viewer' })).toBe('AUTH_FAILED');
    expect(who(fullTeam(), { newcomers: 'viewer' })).toBe('RESOURCE_EXHAUSTED');
  });
});
