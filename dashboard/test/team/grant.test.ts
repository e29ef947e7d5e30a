import { MemberDetailsSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { serverErrors } from '../../src/lib/team/errors.ts';
import { emptyGrant, GRANT_FIELDS, seenWords, toGrant } from '../../src/lib/team/grant.ts';
import { rolesUpTo } from '../../src/lib/team/roles.ts';
import { entryFor } from '../../src/lib/team/sections.ts';

const draft = (part: object) => ({ ...emptyGrant(), name: 'Grace', ...part });

describe('[X5] a grant of rights', () => {
  it('is sent whole: no e-mail and no limit are null', () => {
    expect(toGrant(draft({ name: ' Grace ', email: ' ' }))).toEqual({
      ok: true,
      value: { name: 'Grace', role: 'operator', email: null, agents: null },
    });
  });
  it('with mistakes names all of their fields at once', () => {
    const limit = { some: true, names: '', labels: '' };
    const result = toGrant(draft({ name: ' ', email: 'grace', limit }));
    expect(result.ok ? [] : Object.keys(result.error).sort()).toEqual(['agents', 'email', 'name']);
  });
  it('that the server refuses names the field that the server names', () => {
    const taken = wireError('INVALID_STATE', 'Another member has this e-mail address', { field: 'email' });
    expect(serverErrors(GRANT_FIELDS, taken)).toEqual({ email: 'Another member has this e-mail address.' });
    const deep = wireError('INVALID_MESSAGE', 'agents.names: is too long', { field: 'agents.names' });
    expect(serverErrors(GRANT_FIELDS, deep)).toEqual({ agents: 'Is too long.' });
    const last = wireError('INVALID_STATE', 'the team needs one admin');
    expect(serverErrors(GRANT_FIELDS, last)).toEqual({ form: 'The team needs one admin.' });
  });
});

describe('a member', () => {
  it('is shown with when they were last seen', () => {
    const now = new Date(2026, 10, 20, 12).getTime();
    const member = (seenAt: number | null) =>
      MemberDetailsSchema.parse({
        ...{ id: 'g', name: 'Grace', role: 'viewer', agents: null, email: null },
        ...{ createdAt: now, seenAt },
      });
    expect(seenWords(member(now - 24 * 3_600_000), now)).toBe('last seen yesterday');
    expect(seenWords(member(null), now)).toBe('signed in nowhere, joined today');
  });
  it('[X5] grants no role above their own', () => {
    expect(rolesUpTo('operator')).toEqual(['viewer', 'operator']);
    expect(rolesUpTo('admin')).toContain('admin');
  });
  it('is led to what their role may see', () => {
    expect(entryFor('admin')).toBe('/team');
    expect(entryFor('viewer')).not.toBe('/team');
  });
});
