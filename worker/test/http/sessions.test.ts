import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Browser } from '../browser.ts';
import { pass } from '../clock.ts';
import { call, lobbyStub, memberBody, memberToken, newTeam, sign, withMembers } from '../front.ts';

afterEach(() => {
  vi.useRealTimers();
});

const signedIn = (team = newTeam()) => new Browser(team).signIn();

describe('[X3] a session', () => {
  it('goes on as long as it is renewed, over an eviction too', async () => {
    const browser = await signedIn();
    for (let hour = 0; hour < 3; hour += 1) {
      pass(3_600_000);
      expect(await browser.me()).toBe(401);
      expect(await browser.refresh()).toBe(200);
      expect(await browser.me()).toBe(200);
      await evictDurableObject(lobbyStub(browser.team));
    }
  });

  it('of a stolen refresh token ends with its whole family, and that is on record', async () => {
    const owner = await signedIn();
    const thief = owner.stolen();
    expect(await thief.refresh()).toBe(200);
    pass(10_001);
    expect(await owner.refresh()).toBe(401);
    expect([await thief.refresh(), await thief.me(), await owner.me()]).toEqual([401, 401, 401]);
    const admin = { team: owner.team, token: await memberToken(owner.team, 'admin', Date.now(), 'eve') };
    // It answers when all that waits is written.
    await call('GET', '/api/audit/verify', admin);
    const audit = await call('GET', '/api/audit?action=member:refresh', admin);
    expect(await audit.json()).toMatchObject({ entries: [{ memberId: 'ada', result: 'AUTH_FAILED' }] });
  });

  it('survives an answer that was lost, and two pages that ask at once', async () => {
    const browser = await signedIn();
    const other = browser.stolen();
    expect(await Promise.all([browser.refresh(), other.refresh()])).toEqual([200, 200]);
    expect(await browser.refresh()).toBe(200);
    expect(await browser.me()).toBe(200);
  });

  it('survives 50 pages that ask at once, whichever answer the browser keeps, and still finds a thief', async () => {
    const browser = await signedIn();
    const thief = browser.stolen();
    const pages = Array.from({ length: 50 }, () => browser.stolen());
    const all = await Promise.all(pages.map((page) => page.refresh()));
    expect(all).toEqual(new Array(50).fill(200));
    pass(60_000);
    const [first, last] = [pages[0], pages.at(-1)];
    expect([await last?.refresh(), await first?.refresh()]).toEqual([200, 200]);
    expect(await thief.refresh()).toBe(401);
    expect(await last?.me()).toBe(401);
  });

  it('is stored without its token', async () => {
    const browser = await signedIn();
    const [row] = await withMembers(browser.team, (store) => store.sessions.ofMember('ada' as never));
    const refresh = browser.cookies.get('__Host-muster-refresh') ?? '';
    expect(refresh).toMatch(/^ey/);
    expect(JSON.stringify(row)).not.toContain(refresh);
    expect(row).toMatchObject({ unused: [expect.stringMatching(/^[0-9a-f]{64}$/)], device: 'a browser' });
  });

  it('ends when its browser signs out, for anyone who kept its tokens too', async () => {
    const browser = await signedIn();
    const kept = browser.stolen();
    expect((await browser.ask('POST', '/api/auth/signout')).status).toBe(204);
    expect(browser.cookies.get('__Host-muster-refresh')).toBe('');
    expect([await kept.me(), await kept.refresh()]).toEqual([401, 401]);
    expect((await call('GET', '/api/auth/me', { team: browser.team, token: browser.token })).status).toBe(
      401,
    );
  });

  it('is one of my devices, and each can be signed out from another', async () => {
    const team = newTeam();
    const [here, there] = [await signedIn(team), await signedIn(team)];
    await new Browser(team).signIn('eve', 'viewer');
    const sessions = await here.sessions();
    expect(sessions).toHaveLength(2);
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    const sid = sessions.find(({ current }) => !current)?.sid;
    expect((await here.ask('DELETE', `/api/auth/sessions/${sid}`)).status).toBe(204);
    expect([await here.me(), await there.me()]).toEqual([200, 401]);
    expect((await here.ask('DELETE', `/api/auth/sessions/${sid}`)).status).toBe(404);
  });

  it('of another member is none of mine', async () => {
    const team = newTeam();
    const [ada, eve] = [await signedIn(team), await new Browser(team).signIn('eve', 'viewer')];
    const [own] = await ada.sessions();
    expect((await eve.ask('DELETE', `/api/auth/sessions/${own?.sid}`)).status).toBe(404);
    expect(await ada.me()).toBe(200);
  });

  it('and all others end by one request', async () => {
    const team = newTeam();
    const [here, there, eve] = [
      await signedIn(team),
      await signedIn(team),
      await new Browser(team).signIn('eve'),
    ];
    expect((await here.ask('DELETE', '/api/auth/sessions')).status).toBe(204);
    expect([await here.me(), await there.me(), await there.refresh()]).toEqual([401, 401, 401]);
    expect(await eve.me()).toBe(200);
  });
});

describe('[X5] the caller', () => {
  it('is who the lobby says, whatever a token that is signed right says', async () => {
    const team = newTeam();
    const unknown = await sign('access', { ...memberBody(team), sid: 'made up' });
    expect((await call('GET', '/api/auth/me', { team, token: unknown })).status).toBe(401);
    const token = await memberToken(team, 'viewer');
    const other = await sign('access', { ...memberBody(team, 'admin', 'eve'), sid: 'session-ada' });
    expect((await call('GET', '/api/auth/me', { team, token: other })).status).toBe(401);
    const raised = await sign('access', { ...memberBody(team, 'admin'), sid: 'session-ada' });
    for (const held of [token, raised]) {
      const me = await call('GET', '/api/auth/me', { team, token: held });
      expect(await me.json()).toMatchObject({ member: { id: 'ada', role: 'viewer' }, agents: [] });
    }
    expect((await call('GET', '/api/audit', { team, token: raised })).status).toBe(403);
  });

  it('signs in with the member’s rights now, not with those of the link', async () => {
    const team = newTeam();
    await memberToken(team, 'viewer');
    const me = await (await signedIn(team)).ask('GET', '/api/auth/me');
    expect(await me.json()).toMatchObject({ member: { role: 'viewer' } });
  });

  it('is refused once the member was removed, also with a new link', async () => {
    const team = newTeam();
    const browser = await signedIn(team);
    await withMembers(team, (store) => {
      const row = store.members.get('ada' as never);
      if (row !== null) store.members.put({ ...row, removedAt: 1 });
    });
    expect([await browser.me(), await browser.refresh()]).toEqual([401, 401]);
    await expect(new Browser(team).signIn()).rejects.toThrow('AUTH_FAILED');
  });
});
