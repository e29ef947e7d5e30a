import { ROLES } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import {
  matchingToken,
  memberAfterLogin,
  memberRightsChanges,
  SIGN_IN_ENDED,
  sessionRights,
  tokenRights,
} from '../../../../src/team-lobby/core/identity/access-rights.ts';
import { memberRow, NOW, sessionRow, tokenRow } from './rows.ts';

const web = { names: ['web'] };
const red = { labels: { team: 'red' } };
const ada = memberRow('ada', { role: 'operator', agents: web });
const refused = { ok: false, error: SIGN_IN_ENDED };

describe('[X5] a member’s rights', () => {
  it('are those of the member, by a session of theirs that has not ended', () => {
    expect(sessionRights(ada, sessionRow('ada'), 7, NOW)).toEqual({
      ok: true,
      value: {
        member: { id: 'ada', name: 'ada', role: 'operator' },
        ...{ agents: [web], sid: 's-ada', expiresAt: NOW + 1, revision: 7 },
      },
    });
    expect(sessionRights(memberRow('ada'), sessionRow('ada'), 7, NOW)).toMatchObject({
      value: { agents: [] },
    });
  });

  it.each([
    ['nobody', null, sessionRow('ada')],
    ['one who was removed', { ...ada, removedAt: 1 }, sessionRow('ada')],
    ['no session', ada, null],
    ["another's session", ada, sessionRow('eve')],
    ['a session that has ended', ada, sessionRow('ada', NOW)],
  ])('is nobody for %s, in the same words', (_, member, session) => {
    expect(sessionRights(member, session, 7, NOW)).toEqual(refused);
  });

  it('by a token: what it was made for, and never more than its maker may', () => {
    for (const made of ROLES)
      for (const maker of ROLES) {
        const result = tokenRights({ ...ada, role: maker }, tokenRow({ role: made, agents: red }), 3, NOW);
        const least = ROLES[Math.min(ROLES.indexOf(made), ROLES.indexOf(maker))];
        expect(result).toMatchObject({
          ok: true,
          value: {
            member: { id: 'ada', name: 'ada (build)', role: least },
            agents: [web, red],
            sid: 'token:k',
          },
        });
      }
    for (const token of [null, tokenRow({ expiresAt: NOW }), tokenRow({ createdBy: 'eve' as never })])
      expect(tokenRights(ada, token, 3, NOW)).toEqual(refused);
    expect(tokenRights(null, tokenRow(), 3, NOW)).toEqual(refused);
    expect(tokenRights({ ...ada, removedAt: 1 }, tokenRow(), 3, NOW)).toEqual(refused);
  });

  it('opens by a token of the hash that is kept, and by no other', () => {
    expect(matchingToken(tokenRow(), 'h')).toEqual(tokenRow());
    for (const [token, hash] of [
      [tokenRow(), 'x'],
      [tokenRow(), ''],
      [null, 'h'],
    ] as const)
      expect(matchingToken(token, hash)).toBeNull();
  });
});

describe('[M13] a rights change', () => {
  it('covers the member and each of their tokens', () => {
    const ended = tokenRow({ id: 'old', expiresAt: NOW });
    expect(memberRightsChanges(ada, [tokenRow({ role: 'admin' }), ended], 9, NOW)).toEqual([
      {
        who: { kind: 'member', memberId: 'ada' },
        standing: { name: 'ada', role: 'operator', agents: [web] },
        revision: 9,
      },
      {
        who: { kind: 'session', sid: 'token:k' },
        standing: { name: 'ada (build)', role: 'operator', agents: [web] },
        revision: 9,
      },
      { who: { kind: 'session', sid: 'token:old' }, standing: null, revision: 9 },
    ]);
  });

  it('of a removed member ends all their sign-ins', () => {
    expect(memberRightsChanges({ ...ada, removedAt: NOW }, [tokenRow()], 9, NOW)).toEqual([
      { who: { kind: 'member', memberId: 'ada' }, standing: null, revision: 9 },
    ]);
  });
});

describe('[X3] a one-time link', () => {
  const login = { code: 'c', expiresAt: NOW, member: { id: ada.id, name: 'Ada', role: 'admin' as const } };
  it('signs in a known member as they are, a new one as the link says, and no removed one', () => {
    expect(memberAfterLogin(ada, login, NOW)).toBe(ada);
    expect(memberAfterLogin(null, login, NOW)).toEqual(memberRow('ada', { name: 'Ada', createdAt: NOW }));
    expect(memberAfterLogin({ ...ada, removedAt: 1 }, login, NOW)).toBeNull();
  });
});
