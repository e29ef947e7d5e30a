import type { AuditRow } from '@muster/protocol';
import { MemberIdSchema } from '@muster/protocol';
import { generateKeyPair } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Browser } from '../browser.ts';
import { pass } from '../clock.ts';
import { call, memberToken, newTeam, ORIGIN, withMembers } from '../front.ts';
import { Provider } from '../issuers/provider.ts';
import { TRUST, TRUSTED } from '../issuers/trusted.ts';

const [, , example, open] = TRUSTED;
const MINUTE = 60_000;

let provider: Provider;
let publicly: Provider;
/** It is read when the first sign-in comes. */
beforeAll(async () => {
  await import('oauth4webapi');
  [provider, publicly] = await Promise.all([Provider.of(example), Provider.of(open)]);
});
beforeEach(() =>
  withMembers(TRUST, (store) => {
    const id = MemberIdSchema.parse('ria');
    const email = 'ria@example.org';
    store.members.put({
      id,
      name: 'Ria',
      role: 'operator',
      email,
      agents: null,
      createdAt: 1,
      removedAt: null,
    });
  }),
);
afterEach(() => {
  vi.useRealTimers();
});

const options = (browser: Browser, issuer: string = example.issuer) =>
  browser.ask('POST', '/api/auth/issuer/options', { body: { issuer } });
const enter = (browser: Browser, returned: string) =>
  browser.ask('POST', '/api/auth/issuer', { body: { returned } });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

/** A browser that is on its way, and where to. */
async function sent(issuer: string = example.issuer) {
  const browser = new Browser(TRUST);
  const response = await options(browser, issuer);
  if (!response.ok) throw new Error(await response.text());
  return { browser, address: ((await response.json()) as { address: string }).address };
}
const meOf = async (browser: Browser) =>
  ((await (await browser.ask('GET', '/api/auth/me')).json()) as { member: object }).member;

describe('[X2] [X3b] signing in at an issuer’s own page', () => {
  it('sends the browser there with what only it can come back with', async () => {
    const [one, two] = [await sent(), await sent()];
    const asked = Object.fromEntries(new URL(one.address).searchParams);
    expect(one.address).toMatch(/^https:\/\/login\.example\/authorize\?/);
    expect(asked).toMatchObject({
      response_type: 'code',
      client_id: 'muster-web',
      redirect_uri: `${ORIGIN}/signin`,
      code_challenge_method: 'S256',
      scope: 'openid profile email',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked[name]?.length).toBeGreaterThanOrEqual(43);
      expect(new URL(two.address).searchParams.get(name)).not.toBe(asked[name]);
    }
    const response = await options(new Browser(TRUST));
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-muster-redirect=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('begins a session like any other: renewed, listed, ended and on record', async () => {
    const { browser, address } = await sent();
    const response = await enter(browser, await provider.signsIn(address, 'sub-of-ria'));
    expect(await response.json()).toMatchObject({ member: { id: 'ria', name: 'Ria', role: 'operator' } });
    expect(await meOf(browser)).toMatchObject({ id: 'ria' });
    expect(await browser.refresh()).toBe(200);
    expect((await browser.sessions()).filter(({ current }) => current)).toHaveLength(1);
    expect((await browser.ask('POST', '/api/auth/signout')).status).toBe(204);
    expect(await browser.me()).toBe(401);
    const token = await memberToken(TRUST);
    await call('GET', '/api/audit/verify', { team: TRUST, token });
    const audit = await (await call('GET', '/api/audit', { team: TRUST, token })).json<{
      entries: AuditRow[];
    }>();
    expect(audit.entries.map(({ details }) => details)).toContain('by https://login.example');
  });

  it('takes a verified e-mail address, or a newcomer, as any token of that issuer is taken', async () => {
    const known = await sent(open.issuer);
    const says = { email: 'ria@example.org', email_verified: true };
    expect((await enter(known.browser, await publicly.signsIn(known.address, 'x', { says }))).status).toBe(
      200,
    );
    expect(await meOf(known.browser)).toMatchObject({ id: 'ria' });
    const stranger = await sent(open.issuer);
    expect(
      await errorOf(await enter(stranger.browser, await publicly.signsIn(stranger.address, 'x'))),
    ).toMatchObject({
      code: 'AUTH_FAILED',
      message: 'This sign-in belongs to nobody in this team; ask an admin to invite you',
    });
    const fresh = await sent();
    const name = { says: { name: 'Zoe' } };
    expect((await enter(fresh.browser, await provider.signsIn(fresh.address, 'new', name))).status).toBe(200);
    expect(await meOf(fresh.browser)).toMatchObject({ name: 'Zoe', role: 'viewer' });
  });

  it.each([
    ['another state', { back: { state: 'another' } }],
    ['no state', { back: { state: null } }],
    ['the name of another issuer (RFC 9207)', { back: { iss: 'https://public.example' } }],
    ['no name though it says that it gives it', { back: { iss: null } }],
    ['a code of nobody', { back: { code: 'made-up' } }],
    ['no code', { back: { code: null } }],
    ['a code for another verifier', { code: { challenge: 'of another' } }],
    ['a code for another address', { code: { redirect: 'https://evil.example/signin' } }],
    ['another secret', { code: { secret: 'another' } }],
    ['another nonce', { says: { nonce: 'another' } }],
    ['no nonce', { says: { nonce: undefined } }],
    ['a token for another client', { says: { aud: 'another' } }],
    ['a token of another issuer', { says: { iss: 'https://oidc.example' } }],
    ['a token that is over', { says: { exp: 1 } }],
    ['no token', { code: { answer: { access_token: 'a', token_type: 'bearer' } } }],
  ])('lets nobody in who comes back with %s', async (_what, over) => {
    const { browser, address } = await sent();
    const response = await enter(browser, await provider.signsIn(address, 'sub-of-ria', over));
    expect([response.status, (await errorOf(response)).code]).toEqual([401, 'AUTH_FAILED']);
    expect(await browser.me()).toBe(401);
  });

  it('lets nobody in by a token that another key signed', async () => {
    const { browser, address } = await sent();
    const { privateKey: key } = await generateKeyPair('RS256');
    expect((await enter(browser, await provider.signsIn(address, 'sub-of-ria', { key }))).status).toBe(401);
  });

  it('lets in only the browser that was sent, once, at the same address, in 10 minutes', async () => {
    const { browser, address } = await sent();
    const back = await provider.signsIn(address, 'sub-of-ria');
    expect((await enter(new Browser(TRUST), back)).status).toBe(401);
    const other = await sent();
    expect((await enter(other.browser, back)).status).toBe(401);
    const thief = browser.stolen();
    expect((await enter(browser, back)).status).toBe(200);
    expect(browser.cookies.get('__Host-muster-redirect')).toBe('');
    expect((await enter(thief, back)).status).toBe(401);
    const late = await sent();
    const query = await provider.signsIn(late.address, 'sub-of-ria');
    const cookie = [...late.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const elsewhere = await call('POST', '/api/auth/issuer', {
      origin: 'https://other.example',
      headers: { cookie },
      body: { returned: query },
    });
    expect(elsewhere.status).toBe(401);
    pass(11 * MINUTE);
    expect((await enter(late.browser, query)).status).toBe(401);
  });

  it('uses the token up: a third party that saw it cannot sign in by it', async () => {
    const { browser, address } = await sent();
    const query = await provider.signsIn(address, 'sub-of-ria');
    expect((await enter(browser, query)).status).toBe(200);
    expect((await call('GET', '/api/auth/me', { team: TRUST, token: provider.given })).status).toBe(401);
    // The same, had it come by itself: it is good for the audience that the settings name.
    const next = await sent();
    await provider.signsIn(next.address, 'sub-of-ria');
    expect((await call('GET', '/api/auth/me', { team: TRUST, token: provider.given })).status).toBe(200);
    const again = { code: { answer: { access_token: 'a', token_type: 'bearer', id_token: provider.given } } };
    expect(
      (await enter(next.browser, await provider.signsIn(next.address, 'sub-of-ria', again))).status,
    ).toBe(401);
  });

  it('goes on when the issuer has another key', async () => {
    const first = await sent();
    expect((await enter(first.browser, await provider.signsIn(first.address, 'sub-of-ria'))).status).toBe(
      200,
    );
    await provider.keys.rotate();
    pass(31_000);
    const second = await sent();
    expect((await enter(second.browser, await provider.signsIn(second.address, 'sub-of-ria'))).status).toBe(
      200,
    );
  });

  it('passes on the issuer’s error, where that is one of OAuth', async () => {
    const { browser, address } = await sent();
    const state = new URL(address).searchParams.get('state') ?? '';
    const back = new URLSearchParams({ error: 'access_denied', state, iss: example.issuer });
    expect((await errorOf(await enter(browser, `?${back}`))).message).toBe('the issuer says access_denied');
    const again = await sent();
    const other = new URL(again.address).searchParams.get('state') ?? '';
    const words = new URLSearchParams({ error: 'Call 555', state: other, iss: example.issuer });
    expect((await errorOf(await enter(again.browser, `?${words}`))).message).not.toContain('555');
  });

  it('is offered to the team whose issuer it is, without what is secret, and to no foreign page', async () => {
    const listed = await call('GET', '/api/auth/issuers', { team: TRUST });
    expect(await listed.json()).toEqual({
      issuers: [
        { issuer: example.issuer, name: 'Example' },
        { issuer: open.issuer, name: 'Public' },
      ],
    });
    const team = newTeam();
    expect(await (await call('GET', '/api/auth/issuers', { team })).json()).toEqual({ issuers: [] });
    expect((await options(new Browser(team))).status).toBe(404);
    expect((await options(new Browser(TRUST), TRUSTED[0].issuer)).status).toBe(404);
    for (const path of ['/api/auth/issuer/options', '/api/auth/issuer']) {
      const body = { issuer: example.issuer, returned: '?' };
      const headers = { origin: 'https://evil.example' };
      expect((await call('POST', path, { team: TRUST, body, headers })).status).toBe(401);
    }
  });

  it('waits for an issuer that is away, and sends nobody to one that is not who the settings say', async () => {
    await provider.put('/.well-known/openid-configuration', 'away');
    expect((await options(new Browser(TRUST))).status).toBe(200);
    pass(11 * MINUTE);
    // What it said of itself before still counts, for a day.
    expect((await options(new Browser(TRUST))).status).toBe(200);
    pass(25 * 60 * MINUTE);
    expect((await options(new Browser(TRUST))).status).toBe(503);
    await provider.publish({ issuer: 'https://evil.example' });
    pass(MINUTE);
    expect(await errorOf(await options(new Browser(TRUST)))).toMatchObject({
      message: 'the issuer calls itself otherwise than the settings do',
    });
    await provider.publish({ authorization_endpoint: 'javascript:alert(1)' });
    pass(11 * MINUTE);
    expect((await options(new Browser(TRUST))).status).toBe(503);
    await provider.publish();
    pass(11 * MINUTE);
    expect((await options(new Browser(TRUST))).status).toBe(200);
  });
});
