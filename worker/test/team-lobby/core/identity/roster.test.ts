import { MemberGrantSchema, MemberIdSchema, type Result, type WireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import {
  addMember,
  changeMember,
  mayGrant,
  memberDetails,
  removeMember,
} from '../../../../src/team-lobby/core/identity/roster.ts';
import { fullTeam, memberRow, NOW, sessionRow } from './rows.ts';

const ada = memberRow('ada');
const bob = memberRow('bob', { role: 'operator', email: 'bob@x.example' });
const grant = (over: object = {}) => MemberGrantSchema.parse({ name: 'Eve', role: 'viewer', ...over });
const eve = MemberIdSchema.parse('eve');
const codeOf = <T>(result: Result<T, WireError>) => (result.ok ? null : result.error);

describe('[X5] the members of a team', () => {
  it('grows by members of their own ids and addresses, up to what it may have', () => {
    expect(addMember([ada, bob], eve, grant({ email: 'eve@x.example' }), NOW)).toEqual({
      ok: true,
      value: memberRow('eve', { name: 'Eve', role: 'viewer', email: 'eve@x.example', createdAt: NOW }),
    });
    const taken = addMember([ada, bob], eve, grant({ email: 'bob@x.example' }), NOW);
    expect(codeOf(taken)).toMatchObject({ code: 'INVALID_STATE', details: { field: 'email' } });
    const left = [ada, { ...bob, removedAt: 1 }];
    expect(addMember(left, eve, grant({ email: 'bob@x.example' }), NOW).ok).toBe(true);
    expect(codeOf(addMember(fullTeam(), eve, grant(), NOW))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
  });

  it('changes what is named of a member, and nothing else', () => {
    const limit = { names: ['web'] };
    expect(changeMember([ada, bob], 'bob', { name: 'Bobby' })).toEqual({
      ok: true,
      value: { ...bob, name: 'Bobby' },
    });
    expect(changeMember([ada, bob], 'bob', { role: 'viewer', agents: limit, email: null })).toEqual({
      ok: true,
      value: { ...bob, role: 'viewer', agents: limit, email: null },
    });
    expect(codeOf(changeMember([ada, bob], 'ada', { email: 'bob@x.example' }))).toMatchObject({
      code: 'INVALID_STATE',
    });
    for (const nobody of ['eve', 'gone'])
      expect(codeOf(changeMember([ada, memberRow('gone', { removedAt: 1 })], nobody, {}))).toMatchObject({
        code: 'NOT_FOUND',
      });
  });

  it('keeps one admin of every agent, whatever is tried', () => {
    const limited = memberRow('lim', { agents: { names: ['web'] } });
    const gone = memberRow('gone', { removedAt: 1 });
    const team = [ada, bob, limited, gone];
    expect(team.map(mayGrant)).toEqual([true, false, false, false]);
    for (const change of [{ role: 'operator' as const }, { agents: { names: ['web'] } }])
      expect(codeOf(changeMember(team, 'ada', change))).toMatchObject({ code: 'INVALID_STATE' });
    expect(codeOf(removeMember(team, 'ada', NOW))).toMatchObject({ code: 'INVALID_STATE' });
    expect(removeMember([...team, memberRow('two')], 'ada', NOW)).toEqual({
      ok: true,
      value: { ...ada, removedAt: NOW },
    });
    expect(codeOf(removeMember(team, 'gone', NOW))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('shows when a device of the member was last seen', () => {
    expect(memberDetails(bob, [])).toMatchObject({ id: 'bob', email: 'bob@x.example', seenAt: null });
    const sessions = [5, 9, 7].map((usedAt) => ({ ...sessionRow('bob'), usedAt }));
    expect(memberDetails(bob, sessions).seenAt).toBe(9);
  });
});
