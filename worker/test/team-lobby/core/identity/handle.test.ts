import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { tokenSid } from '../../../../src/auth/claims.ts';
import { nextDeadline } from '../../../../src/team-lobby/core/identity/handle.ts';
import { mayStillGrant } from '../../../../src/team-lobby/core/identity/roster.ts';
import { EVERY_ROOM } from '../../../../src/team-lobby/core/identity/visits.ts';
import { DAY, IdentityRig, MINUTE, memberId } from './rig.ts';
import { memberRow, tokenRow } from './rows.ts';

const GRANT = { name: 'Bo', role: 'operator', agents: null, email: null } as const;
const entriesOf = ({ store }: IdentityRig) =>
  store.audit.map(({ type, entry: { action, result, details } }) => ({ type, action, result, details }));
const session = ({ memberId: id, sid }: { memberId: ReturnType<typeof memberId>; sid: string }) =>
  ({ kind: 'session', memberId: id, sid }) as const;

describe('[X3] a way in', () => {
  it('by a one-time link counts once, and is refused on record from then on', () => {
    const people = new IdentityRig();
    const login = people.link('ada');
    expect(people.do('sign-in', { login, device: people.device('s') }).ok).toBe(true);
    const again = people.do('sign-in', { login, device: people.device('s-2') });
    expect(again).toMatchObject({ ok: false, error: { code: 'AUTH_FAILED', details: { reason: 'used' } } });
    expect(entriesOf(people)).toMatchObject([
      { type: 'audit', action: 'member:signin', result: 'ok' },
      { type: 'audit-refusal', action: 'member:signin', result: 'AUTH_FAILED' },
    ]);
    people.now += MINUTE;
    expect(people.do('sign-in', { login, device: people.device('s-3') }).ok).toBe(false);
  });

  it('makes no member beyond the most that a team may have', () => {
    const people = new IdentityRig();
    for (let n = 0; n < LIMITS.membersPerTeam; n += 1) people.store.members.put(memberRow(`m${n}`));
    const ask = { login: people.link('new'), device: people.device('s') };
    expect(people.do('sign-in', ask)).toMatchObject({ error: { code: 'RESOURCE_EXHAUSTED' } });
  });

  it('opens no session for a removed member, and ends the least used of too many', () => {
    const people = new IdentityRig(['one']);
    people.signIn('ada');
    const bo = people.signIn('bo');
    people.do('standing', { ...session(bo), visits: EVERY_ROOM });
    for (let n = 0; n < LIMITS.sessionsPerMember; n += 1) {
      people.now += 1;
      people.signIn('bo', 'admin', `more-${n}`);
    }
    expect(people.do('standing', session(bo)).ok).toBe(false);
    expect(people.applied).toMatchObject([[{ who: { sid: 's-bo' }, standing: null }]]);
    expect(people.calls.map(({ room }) => room)).toEqual(people.rooms);
    const by = { memberId: memberId('ada'), sid: 's-ada', address: null };
    expect(people.do('remove-member', { by, id: 'bo' }).ok).toBe(true);
    const login = people.link('bo');
    expect(people.do('sign-in', { login, device: people.device('s') })).toMatchObject({ ok: false });
  });

  it('by an issuer is good for the member recognised, and spends the flow', () => {
    const people = new IdentityRig();
    const identity = {
      ...{ issuer: 'i', ownId: memberId('cy'), name: 'Cy', email: null, mapped: null },
      newcomers: 'viewer' as const,
    };
    expect(people.do('recognised', { identity })).toEqual({ ok: true, value: 'cy' });
    expect(people.do('recognised', { identity: { ...identity, newcomers: null } }).ok).toBe(false);
    const flow = people.code();
    const enter = (id: string) => {
      const ask = { identity, memberId: memberId(id), right: people.code(), flow };
      return people.do('sign-in-by-issuer', { ...ask, device: people.device(`s-${id}`) }).ok;
    };
    expect(enter('ada')).toBe(false);
    expect([enter('cy'), enter('cy')]).toEqual([true, false]);
    const unknown = {
      identity: { ...identity, newcomers: null, ownId: memberId('di') },
      device: people.device('t'),
    };
    expect(people.do('standing', { kind: 'identity', ...unknown }).ok).toBe(false);
  });

  it('by a passkey counts each challenge once, and a counter that goes back is refused on record', () => {
    const people = new IdentityRig();
    const by = people.signIn('ada');
    const passkey = { id: 'p', name: 'Key', publicKey: 'k', counter: 5, transports: [] };
    const right = people.code();
    expect(people.do('add-passkey', { by, right, passkey })).toMatchObject({ ok: true });
    expect(people.do('add-passkey', { by, right, passkey })).toMatchObject({
      error: { code: 'AUTH_FAILED' },
    });
    const taken = { by, right: people.code(), passkey };
    expect(people.do('add-passkey', taken)).toMatchObject({ error: { code: 'INVALID_STATE' } });
    expect(people.do('add-passkey', { ...taken, by: { ...by, sid: 'none' } }).ok).toBe(false);
    const challenge = people.code();
    expect(people.do('passkey', { id: 'p' })).toMatchObject({ id: 'p' });
    expect(people.do('passkey', { id: 'p', right: challenge })).toMatchObject({ id: 'p' });
    expect(people.do('passkey', { id: 'p', right: challenge })).toBeNull();
    const enter = (counter: number) =>
      people.do('sign-in-by-passkey', { id: 'p', counter, right: people.code(), device: people.device('s') })
        .ok;
    expect([enter(4), enter(6)]).toEqual([false, true]);
    for (let n = 1; n < LIMITS.passkeysPerMember; n += 1)
      people.do('add-passkey', { by, right: people.code(), passkey: { ...passkey, id: `p-${n}` } });
    expect(people.do('passkeys', { memberId: by.memberId })).toHaveLength(LIMITS.passkeysPerMember);
    const more = { by, right: people.code(), passkey: { ...passkey, id: 'more' } };
    expect(people.do('add-passkey', more)).toMatchObject({ error: { code: 'RESOURCE_EXHAUSTED' } });
    expect(people.do('remove-passkey', { by: { ...by, sid: 'none' }, id: 'p' }).ok).toBe(false);
    const details = entriesOf(people).filter(({ action }) => action === 'member:signin');
    expect(details.map(({ result }) => result)).toEqual(['ok', 'AUTH_FAILED', 'AUTH_FAILED', 'ok']);
  });
});

describe('[X3c] a renewal', () => {
  it('of an earlier version goes by hashes, and a repeat writes nothing', () => {
    const people = new IdentityRig();
    const { memberId: id } = people.signIn('ada', 'admin', 's');
    people.now += MINUTE;
    const renew = (spent: string, refresh: string) =>
      people.do('refresh', { memberId: id, spent, device: people.device('s', { refresh }) });
    expect(renew('of s', 'next')).toMatchObject({ ok: true, value: { generation: 1 } });
    people.now += MINUTE;
    const ask = { memberId: id, spent: 'next', generation: 1, generations: true };
    expect(people.do('refresh', { ...ask, device: people.device('s') })).toMatchObject({ ok: true });
    const before = people.commits.length;
    expect(people.do('refresh', { ...ask, device: people.device('s') })).toMatchObject({ ok: true });
    expect(people.commits).toHaveLength(before);
    expect(renew('of s', 'late')).toMatchObject({ error: { code: 'AUTH_FAILED' } });
    expect(entriesOf(people).at(-1)).toMatchObject({
      type: 'audit',
      action: 'member:refresh',
      result: 'AUTH_FAILED',
    });
  });

  it('[X18a] has a budget', () => {
    const people = new IdentityRig();
    const { memberId: id } = people.signIn('ada', 'admin', 's');
    people.now += MINUTE;
    for (let n = 0; n < 60; n += 1)
      expect(people.state.budgets.charge({ kind: 'session', id }, people.now)).toBeNull();
    const ask = { memberId: id, spent: '', generation: 0, generations: true, device: people.device('s') };
    expect(people.do('refresh', ask)).toMatchObject({ error: { code: 'RATE_LIMIT' } });
    people.now += 2_000;
    expect(people.do('refresh', ask)).toMatchObject({ ok: true, value: { generation: 1 } });
  });
});

describe('[X5] the rights of a sign-in', () => {
  it('come with the agent that is reached, if they may see it; a socket that stays is a visit', () => {
    const people = new IdentityRig(['one', 'two']);
    const ada = people.signIn('ada');
    const bo = people.signIn('bo');
    const limit = { by: ada, id: 'bo', change: { agents: { names: ['one'] } } };
    expect(people.do('change-member', limit).ok).toBe(true);
    const reach = (agentId: string, stays: boolean) => {
      const answer = people.do('standing', { ...session(bo), reaches: { agentId, stays } });
      return answer.ok ? answer.value.reached : answer.error.code;
    };
    expect([reach('one', false), reach('two', true)]).toEqual([people.rooms[0], null]);
    expect(people.store.visited('s-bo')).toEqual([]);
    expect(reach('one', true)).toBe(people.rooms[0]);
    expect(people.store.visited('s-bo')).toEqual([people.rooms[0]]);
  });

  it('[X18] are charged: over a budget they are refused, an act that writes on record', () => {
    const people = new IdentityRig();
    const ada = people.signIn('ada');
    const act = { action: 'member:create', target: 'x', address: null };
    const spend = (more: object) =>
      people.do('standing', { ...session(ada), spends: { budget: 'people', ...more } });
    for (let n = 0; n < 60; n += 1) expect(spend({}).ok).toBe(true);
    expect(spend({})).toMatchObject({ error: { code: 'RATE_LIMIT' } });
    // What must outlive the object is part of the commit.
    expect(people.commits.at(-1)?.budgets).toMatchObject([{ who: 'people:ada', bucket: { refused: 1 } }]);
    expect(people.store.audit).toHaveLength(1);
    expect(spend({ act })).toMatchObject({ error: { code: 'RATE_LIMIT' } });
    expect(entriesOf(people).at(-1)).toMatchObject({ type: 'audit-refusal', action: 'member:create' });
    for (let n = 0; n < 300; n += 1) people.do('standing', { ...session(ada), connects: true });
    expect(people.do('standing', { ...session(ada), connects: true })).toMatchObject({ ok: false });
  });

  it('of an API token are known by its hash, and its last use to the hour', () => {
    const people = new IdentityRig();
    const by = people.signIn('ada');
    const token = {
      id: 't',
      hash: 'h',
      name: 'T',
      role: 'viewer',
      agents: null,
      expiresAt: people.now + DAY,
    } as const;
    expect(people.do('make-token', { by, token }).ok).toBe(true);
    const use = (hash: string) => people.do('standing', { kind: 'token', id: 't', hash }).ok;
    expect([use('other'), use('h'), use('h')]).toEqual([false, true, true]);
    expect(people.commits.filter(({ tokens }) => tokens !== undefined)).toHaveLength(2);
    expect(people.do('standing', { kind: 'session', memberId: by.memberId, sid: tokenSid('t') }).ok).toBe(
      true,
    );
    expect(people.do('standing', { kind: 'session', memberId: memberId('bo'), sid: tokenSid('t') }).ok).toBe(
      false,
    );
    expect(people.do('tokens', { by })).toMatchObject([{ id: 't', usedAt: people.now }]);
    people.now += 2 * DAY;
    expect([use('h'), people.do('tokens', { by })]).toEqual([false, []]);
    people.signIn('ada', 'admin', 'later');
    expect(people.store.tokens.all()).toEqual([]);
  });

  it('are those of a member who signed a right that somebody brings now', () => {
    expect(mayStillGrant(null)).toBe(true);
    expect(mayStillGrant(memberRow('ada'))).toBe(true);
    expect(mayStillGrant(memberRow('ada', { role: 'operator' }))).toBe(false);
  });
});

describe('[X5a] a member who is no admin of every agent', () => {
  it('changes nobody, on record', () => {
    const people = new IdentityRig();
    people.signIn('ada');
    const by = people.signIn('bo', 'operator');
    const invitation = { ...GRANT, id: 'i', hash: 'h', expiresAt: people.now + DAY };
    const results = [
      people.do('add-member', { by, grant: GRANT }),
      people.do('change-member', { by, id: 'ada', change: { role: 'viewer' } }),
      people.do('remove-member', { by, id: 'ada' }),
      people.do('invite', { by, invitation }),
      people.do('uninvite', { by, id: 'i' }),
    ];
    for (const result of results)
      expect(result).toMatchObject({ error: { code: 'INSUFFICIENT_PERMISSIONS' } });
    expect(
      entriesOf(people)
        .slice(2)
        .map(({ type }) => type),
    ).toEqual(results.map(() => 'audit-refusal'));
    const gone = { ...by, sid: 'none' };
    expect(people.do('add-member', { by: gone, grant: GRANT })).toMatchObject({
      error: { code: 'AUTH_FAILED' },
    });
    expect(people.do('members', null).map(({ id }) => id)).toEqual(['ada', 'bo']);
  });
});

describe('[X3d] an invitation', () => {
  it('is listed by its end, counts once, and there are at most so many', () => {
    const people = new IdentityRig();
    const by = people.signIn('ada');
    const invite = (id: string, after: number, email: string | null = null) =>
      people.do('invite', {
        by,
        invitation: { ...GRANT, email, id, hash: id, expiresAt: people.now + after },
      });
    invite('late', DAY, 'a@example');
    invite('soon', MINUTE);
    expect(people.do('invitations', null).map(({ id }) => id)).toEqual(['soon', 'late']);
    const accept = (id: string, hash: string, member: string) =>
      people.do('accept', { id, hash, memberId: memberId(member), device: people.device(`s-${member}`) });
    expect(accept('soon', 'wrong', 'bo').ok).toBe(false);
    expect(accept('soon', 'soon', 'bo').ok).toBe(true);
    expect(accept('soon', 'soon', 'cy')).toMatchObject({ error: { details: { reason: 'used' } } });
    people.store.members.put(memberRow('di', { email: 'a@example' }));
    expect(accept('late', 'late', 'cy')).toMatchObject({ error: { code: 'INVALID_STATE' } });
    expect(people.do('uninvite', { by, id: 'none' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    for (let n = 1; n < LIMITS.invitationsPerTeam; n += 1) invite(`i-${n}`, DAY);
    expect(invite('more', DAY)).toMatchObject({ error: { code: 'RESOURCE_EXHAUSTED' } });
    people.now += DAY;
    people.signIn('ada', 'admin', 'later');
    expect(people.store.invitations.all()).toEqual([]);
  });
});

describe('a member’s own', () => {
  it('sessions are listed, newest first, and end one by one or all', () => {
    const people = new IdentityRig();
    const by = people.signIn('ada');
    people.now += 1;
    people.signIn('ada', 'admin', 's-2');
    const listed = people.do('sessions', by);
    expect(listed.map(({ sid, current }) => [sid, current])).toEqual([
      ['s-2', false],
      ['s-ada', true],
    ]);
    expect(people.do('end-sessions', { by, sid: 'other' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(people.do('end-sessions', { by, sid: null }).ok).toBe(true);
    expect(people.do('sessions', by)).toEqual([]);
    expect(people.applied.flat().map(({ revision }) => revision)).toEqual([1, 2]);
    expect([people.calls, nextDeadline(people.state)]).toEqual([[], null]);
  });

  it('tokens are theirs alone, an admin of every agent sees and ends all', () => {
    const people = new IdentityRig();
    const ada = people.signIn('ada');
    const bo = people.signIn('bo', 'operator');
    const token = {
      id: 't',
      hash: 'h',
      name: 'T',
      role: 'viewer',
      agents: null,
      expiresAt: people.now + DAY,
    } as const;
    people.do('make-token', { by: ada, token });
    const admin = { ...token, id: 'u', role: 'admin' } as const;
    expect(people.do('make-token', { by: bo, token: admin })).toMatchObject({
      error: { details: { field: 'role' } },
    });
    expect(people.do('make-token', { by: { ...bo, sid: 'none' }, token }).ok).toBe(false);
    people.do('make-token', { by: bo, token: { ...token, id: 'v' } });
    expect(people.do('tokens', { by: bo }).map(({ id }) => id)).toEqual(['v']);
    expect(people.do('revoke-token', { by: bo, id: 't' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(people.do('revoke-token', { by: ada, id: 'v' }).ok).toBe(true);
    expect(entriesOf(people).at(-1)).toMatchObject({ action: 'token:delete', details: 'T, of bo' });
    for (let n = 0; n < LIMITS.tokensPerMember; n += 1)
      people.store.tokens.put(
        tokenRow({ id: `t-${n}`, createdBy: memberId('bo'), expiresAt: people.now + DAY }),
      );
    expect(people.do('make-token', { by: bo, token })).toMatchObject({
      error: { code: 'RESOURCE_EXHAUSTED' },
    });
  });
});
