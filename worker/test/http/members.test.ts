import type { AuditRow, Invitation, MemberDetails, TeamId } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Browser } from '../browser.ts';
import { call, memberToken, newTeam } from '../front.ts';

afterEach(() => {
  vi.useRealTimers();
});
const signedIn = (team: TeamId = newTeam()) => new Browser(team).signIn();
const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;
const codeOf = async (response: Response) => {
  const { error } = await json<{ error?: { code: string } }>(response);
  return error?.code ?? response.status;
};

/** Whom an admin lets in who means to come back. */
const EVE_2 = { name: 'Eve 2', role: 'admin' };

interface Made {
  readonly invitation: Invitation;
  readonly code: string;
  readonly link: string;
}
const invite = (admin: Browser, body: object) => json<Made>(admin.ask('POST', '/api/invitations', { body }));
const membersOf = async (browser: Browser) =>
  (await json<{ members: MemberDetails[] }>(browser.ask('GET', '/api/members'))).members;

describe('[X3] an invitation', () => {
  it('makes a member of its role and limits by its link, once', async () => {
    const ada = await signedIn();
    const agents = { names: ['one'], labels: { team: 'web' } };
    const made = await invite(ada, { name: 'Łucja', role: 'operator', agents, email: 'L@Example.org ' });
    expect(made.link).toBe(`https://muster.example/join#code=${made.code}`);
    const lucja = await new Browser(ada.team).enter('accept', made.code);
    expect(await json(lucja.ask('GET', '/api/auth/me'))).toMatchObject({
      member: { name: 'Łucja', role: 'operator' },
      agents: [agents],
    });
    await expect(new Browser(ada.team).enter('accept', made.code)).rejects.toThrow('AUTH_FAILED');
    expect(await membersOf(ada)).toHaveLength(2);
    expect(await membersOf(ada)).toContainEqual(
      expect.objectContaining({ id: lucja.id, email: 'l@example.org', agents }),
    );
    expect(await json(ada.ask('GET', '/api/invitations'))).toEqual({ invitations: [] });
  });

  it('is shown once, and stored without its code', async () => {
    const ada = await signedIn();
    const { code, invitation } = await invite(ada, { name: 'Bo', role: 'viewer' });
    const listed = await (await ada.ask('GET', '/api/invitations')).text();
    expect(JSON.parse(listed)).toEqual({ invitations: [invitation] });
    expect(listed).not.toContain(code);
    expect(invitation).toMatchObject({ createdBy: ada.id, agents: null, email: null });
    expect(invitation).not.toHaveProperty('hash');
  });

  it('that was taken back, has another team or no signature is refused', async () => {
    const ada = await signedIn();
    const { code, invitation } = await invite(ada, { name: 'Bo', role: 'viewer' });
    await expect(new Browser(newTeam()).enter('accept', code)).rejects.toThrow('AUTH_FAILED');
    await expect(new Browser(ada.team).enter('accept', `${code}x`)).rejects.toThrow('AUTH_FAILED');
    expect((await ada.ask('DELETE', `/api/invitations/${invitation.id}`)).status).toBe(204);
    expect((await ada.ask('DELETE', `/api/invitations/${invitation.id}`)).status).toBe(404);
    await expect(new Browser(ada.team).enter('accept', code)).rejects.toThrow('AUTH_FAILED');
    expect(await membersOf(ada)).toHaveLength(1);
  });
});

describe('[X3] an invitation by a member who is no longer an admin of every agent', () => {
  it.each([
    ['removed', 'DELETE', {}],
    ['lowered', 'PATCH', { body: { role: 'operator' } }],
    ['limited', 'PATCH', { body: { agents: { names: ['one'] } } }],
  ])('goes with the member’s right: %s', async (_how, method, change) => {
    const ada = await signedIn();
    const eve = await new Browser(ada.team).signIn('eve', 'admin');
    const [hers, other] = [await invite(eve, EVE_2), await invite(ada, { name: 'Bo', role: 'viewer' })];
    expect((await ada.ask('PATCH', '/api/members/eve', { body: { name: 'Eve E.' } })).status).toBe(200);
    expect((await json<{ invitations: [] }>(ada.ask('GET', '/api/invitations'))).invitations).toHaveLength(2);
    expect((await ada.ask(method, '/api/members/eve', change)).ok).toBe(true);
    await expect(new Browser(ada.team).enter('accept', hers.code)).rejects.toThrow('AUTH_FAILED');
    expect(await json(ada.ask('GET', '/api/invitations'))).toEqual({ invitations: [other.invitation] });
  });
});

describe('[X5] members', () => {
  it('are made, changed and removed by admins; the next request knows it', async () => {
    const ada = await signedIn();
    const bo = await new Browser(ada.team).signIn('bo', 'viewer');
    const rename = { name: 'Bo B.', role: 'operator' };
    const changed = await ada.ask('PATCH', '/api/members/bo', { body: rename });
    expect(await json(changed)).toMatchObject({ id: 'bo', ...rename, email: null });
    expect(await json(bo.ask('GET', '/api/auth/me'))).toMatchObject({ member: rename });
    expect((await ada.ask('DELETE', '/api/members/bo')).status).toBe(204);
    expect([await bo.me(), await bo.refresh()]).toEqual([401, 401]);
    expect((await ada.ask('DELETE', '/api/members/bo')).status).toBe(404);
    const created = await ada.ask('POST', '/api/members', {
      body: { name: 'Cy', role: 'viewer', email: 'cy@example.org' },
    });
    expect(created.status).toBe(201);
    const again = { name: 'Cy 2', role: 'viewer', email: 'CY@example.org' };
    expect(await codeOf(await ada.ask('POST', '/api/members', { body: again }))).toBe('INVALID_STATE');
    expect((await membersOf(ada)).map(({ name }) => name).sort()).toEqual(['Ada', 'Cy']);
  });

  it('are listed with when a device of theirs was last in touch', async () => {
    const ada = await signedIn();
    await ada.ask('POST', '/api/members', { body: { name: 'Cy', role: 'viewer' } });
    const bo = await new Browser(ada.team).signIn('bo', 'viewer');
    const seen = async (test: (member: MemberDetails) => boolean) =>
      (await membersOf(ada)).find(test)?.seenAt;
    expect(await seen(({ name }) => name === 'Cy')).toBeNull();
    const before = await seen(({ id }) => id === 'bo');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await bo.refresh()).toBe(200);
    expect(await seen(({ id }) => id === 'bo')).toBeGreaterThanOrEqual(Number(before) + 60_000);
  });

  it('the last admin of every agent can be neither lowered, limited nor removed', async () => {
    const ada = await signedIn();
    const bo = await new Browser(ada.team).signIn('bo', 'admin');
    const limited = { agents: { names: ['one'] } };
    expect((await ada.ask('PATCH', '/api/members/bo', { body: limited })).status).toBe(200);
    for (const body of [{ role: 'operator' }, limited])
      expect(await codeOf(await ada.ask('PATCH', '/api/members/ada', { body }))).toBe('INVALID_STATE');
    expect(await codeOf(await ada.ask('DELETE', '/api/members/ada'))).toBe('INVALID_STATE');
    expect((await ada.ask('PATCH', '/api/members/ada', { body: { name: 'A.' } })).status).toBe(200);
    // A limited admin grants nobody more than they have.
    for (const body of [{ agents: null }, { role: 'admin' }])
      expect(await codeOf(await bo.ask('PATCH', '/api/members/bo', { body }))).toBe(
        'INSUFFICIENT_PERMISSIONS',
      );
    const invitation = { name: 'Eve', role: 'admin' };
    expect(await codeOf(await bo.ask('POST', '/api/invitations', { body: invitation }))).toBe(
      'INSUFFICIENT_PERMISSIONS',
    );
    expect((await ada.ask('PATCH', '/api/members/bo', { body: { agents: null } })).status).toBe(200);
    expect((await ada.ask('DELETE', '/api/members/ada')).status).toBe(204);
    expect([await ada.me(), await bo.me()]).toEqual([401, 200]);
  });

  it('are hidden from members who are no admins', async () => {
    const team = newTeam();
    await memberToken(team);
    const token = await memberToken(team, 'operator', Date.now(), 'bo');
    for (const [method, path] of [
      ['GET', '/api/members'],
      ['POST', '/api/members'],
      ['PATCH', '/api/members/ada'],
      ['DELETE', '/api/members/ada'],
      ['GET', '/api/invitations'],
      ['POST', '/api/invitations'],
    ] as const)
      expect((await call(method, path, { team, token })).status, `${method} ${path}`).toBe(403);
  });

  it('[X8] all of it is on record, refusals too', async () => {
    const ada = await signedIn();
    const { code, invitation } = await invite(ada, { name: 'Bo', role: 'viewer' });
    const bo = await new Browser(ada.team).enter('accept', code);
    await ada.ask('PATCH', `/api/members/${bo.id}`, { body: { role: 'operator' } });
    await ada.ask('DELETE', `/api/members/${bo.id}`);
    await ada.ask('DELETE', '/api/members/ada');
    const told = (entries: AuditRow[]) =>
      entries.map(({ action, memberId, target, result }) => [action, memberId, target, result].join(' '));
    // It answers when all that waits is written.
    await ada.ask('GET', '/api/audit/verify');
    const { entries } = await json<{ entries: AuditRow[] }>(ada.ask('GET', '/api/audit'));
    expect(told(entries)).toEqual([
      'member:remove ada ada INVALID_STATE',
      `member:remove ada ${bo.id} ok`,
      `member:update ada ${bo.id} ok`,
      `member:accept ${bo.id} ${invitation.id} ok`,
      `member:invite ada ${invitation.id} ok`,
      'member:signin ada  ok',
    ]);
  });
});
