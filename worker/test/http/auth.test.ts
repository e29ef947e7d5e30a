import { describe, expect, it } from 'vitest';
import { signToken } from '../../src/auth/tokens.ts';
import { call, memberBody, memberToken, newTeam, ORIGIN, sign } from '../front.ts';

/** What a browser would keep of an answer: `name=value` of every cookie, and what was said about it. */
const cookiesOf = (response: Response) =>
  response.headers.getSetCookie().map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    return { pair, attributes };
  });

const cookieHeader = (response: Response) =>
  cookiesOf(response)
    .map(({ pair }) => pair)
    .join('; ');

async function signedIn(origin = ORIGIN) {
  const team = newTeam();
  const code = await sign('login', memberBody(team, 'operator'));
  const response = await call('POST', '/api/auth/exchange', { team, body: { code }, origin });
  return { team, code, response };
}

describe('signing in', () => {
  it('[X3] a one-time link buys cookies and a token, once', async () => {
    const { team, code, response } = await signedIn();
    expect(response.status).toBe(200);
    const body = (await response.json()) as { token: string; expiresAt: number };
    expect(body).toMatchObject({ member: { id: 'ada', name: 'Ada', role: 'operator' } });
    expect(body.expiresAt).toBeGreaterThan(Date.now() + 3_590_000);
    expect(cookiesOf(response)).toEqual([
      {
        pair: expect.stringMatching(/^__Host-muster-access=ey/),
        attributes: ['Max-Age=3600', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'],
      },
      {
        pair: expect.stringMatching(/^__Host-muster-refresh=ey/),
        attributes: ['Max-Age=2592000', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'],
      },
    ]);
    expect((await call('GET', '/api/auth/me', { team, token: body.token })).status).toBe(200);
    const again = await call('POST', '/api/auth/exchange', { team, body: { code } });
    expect([again.status, cookiesOf(again)]).toEqual([401, []]);
  });

  it('[X3] over http (local mode) the cookies are named after the port and not Secure', async () => {
    const { response } = await signedIn('http://127.0.0.1:8700');
    const [access] = cookiesOf(response);
    expect(access?.pair).toMatch(/^muster-8700-access=/);
    expect(access?.attributes).not.toContain('Secure');
  });

  it('only a login token is a code, and only for its own team', async () => {
    const team = newTeam();
    const codes = [
      'nonsense',
      await memberToken(team),
      await sign('login', memberBody(newTeam())),
      await sign('login', memberBody(team), Date.now() - 900_001),
    ];
    for (const code of codes)
      expect((await call('POST', '/api/auth/exchange', { team, body: { code } })).status).toBe(401);
    const none = await call('POST', '/api/auth/exchange', { team, body: {} });
    expect(await none.json()).toMatchObject({
      error: { code: 'INVALID_MESSAGE', details: { field: 'code' } },
    });
  });

  it('the cookie alone says who reads; a change needs an allowed origin beside it', async () => {
    const { team, response } = await signedIn();
    const cookie = cookieHeader(response);
    const me = await call('GET', '/api/auth/me', { team, headers: { cookie } });
    expect(await me.json()).toMatchObject({ member: { id: 'ada', role: 'operator' }, team });
    const start = (headers: Record<string, string>) =>
      call('POST', '/api/agents/none/start', { team, headers: { cookie, ...headers } });
    expect((await start({})).status).toBe(401);
    expect((await start({ origin: 'https://evil.example' })).status).toBe(401);
    expect((await start({ origin: ORIGIN })).status).toBe(404);
    const foreign = await call('GET', '/api/auth/me', {
      team,
      headers: { cookie, origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(401);
  });

  it('[M11] the refresh cookie buys new ones; the access cookie does not', async () => {
    const { team, response } = await signedIn();
    const [access, refresh] = cookiesOf(response).map(({ pair }) => pair);
    const renew = (cookie: string, headers = {}) =>
      call('POST', '/api/auth/refresh', { team, headers: { cookie, ...headers } });
    const renewed = await renew(refresh ?? '', { origin: ORIGIN });
    expect(renewed.status).toBe(200);
    expect(cookiesOf(renewed)).toHaveLength(2);
    const { token } = (await renewed.json()) as { token: string };
    expect((await call('GET', '/api/auth/me', { team, token })).status).toBe(200);
    expect((await renew(access ?? '')).status).toBe(401);
    const swapped = (access ?? '').replace('access', 'refresh');
    expect((await renew(swapped)).status).toBe(401);
    expect((await renew(refresh ?? '', { origin: 'https://evil.example' })).status).toBe(401);
    const elsewhere = await call('POST', '/api/auth/refresh', {
      team: newTeam(),
      headers: { cookie: refresh ?? '' },
    });
    expect(elsewhere.status).toBe(401);
  });

  it('signing out removes both cookies', async () => {
    const response = await call('POST', '/api/auth/signout');
    expect(response.status).toBe(204);
    for (const { pair, attributes } of cookiesOf(response)) {
      expect(pair).toMatch(/^__Host-muster-(access|refresh)=$/);
      expect(attributes).toContain('Max-Age=0');
    }
  });

  it('[X2] a token signed by another key is refused', async () => {
    const team = newTeam();
    const key = new Uint8Array(32).fill(3);
    const { token } = await signToken(key, 'access', { ...memberBody(team), sid: 's' }, Date.now());
    expect((await call('GET', '/api/auth/me', { team, token })).status).toBe(401);
  });
});
