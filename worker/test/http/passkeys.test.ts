import { type AuditRow, LIMITS, type PasskeySummary, type TeamId } from '@muster/protocol';
import { base64url } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Browser } from '../browser.ts';
import { call, memberToken, newTeam, ORIGIN, withMembers } from '../front.ts';
import { type Over, Passkey } from '../passkey.ts';

/** It is read when the first passkey comes. */
beforeAll(() => import('@simplewebauthn/server'));
afterEach(() => {
  vi.useRealTimers();
});
const MINUTE = 60_000;
const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;
type Options = { readonly challenge: string; readonly user?: { readonly id: string } };

const optionsOf = (browser: Browser) => json<Options>(browser.ask('POST', '/api/auth/passkeys/options'));

async function addWith(browser: Browser, passkey: Passkey, options: Options, over: Over = {}) {
  const body = { name: 'A phone', created: await passkey.create(options, over) };
  return browser.ask('POST', '/api/auth/passkeys', { body });
}
/** A member with a passkey. */
async function withPasskey(team: TeamId = newTeam()) {
  const [browser, passkey] = [await new Browser(team).signIn(), await Passkey.at(ORIGIN)];
  expect((await addWith(browser, passkey, await optionsOf(browser))).status).toBe(201);
  return { team, browser, passkey };
}
const asked = (browser: Browser) => json<Options>(browser.ask('POST', '/api/auth/passkey/options'));
const enter = async (browser: Browser, signed: unknown) =>
  (await browser.ask('POST', '/api/auth/passkey', { body: { signed } })).status;
async function enterBy(passkey: Passkey, team: TeamId, over: Over = {}) {
  const browser = new Browser(team);
  return [await enter(browser, await passkey.sign(await asked(browser), over)), browser] as const;
}
const passkeysOf = async (browser: Browser) =>
  (await json<{ passkeys: PasskeySummary[] }>(browser.ask('GET', '/api/auth/passkeys'))).passkeys;

describe('[X3a] a passkey', () => {
  it('signs in the member who added it, without their name', async () => {
    const { team, browser, passkey } = await withPasskey();
    expect((await browser.ask('POST', '/api/auth/signout')).status).toBe(204);
    const [status, fresh] = await enterBy(passkey, team);
    expect([status, await fresh.me()]).toEqual([200, 200]);
    expect(await fresh.sessions()).toHaveLength(1);
    expect(await fresh.refresh()).toBe(200);
    expect(await passkeysOf(fresh)).toMatchObject([
      { id: passkey.id, name: 'A phone', usedAt: expect.any(Number) },
    ]);
  });

  it('is asked for with a challenge for this server alone, of a person who is there', async () => {
    const browser = await new Browser(newTeam()).signIn();
    expect(await optionsOf(browser)).toMatchObject({
      rp: { id: 'muster.example', name: 'Muster' },
      user: { id: base64url.encode('ada'), name: 'Ada' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(await asked(browser)).toMatchObject({ rpId: 'muster.example', userVerification: 'required' });
  });

  it('is not added twice, nor by what another member, kind or time asked for', async () => {
    const { team, browser, passkey } = await withPasskey();
    expect(await optionsOf(browser)).toMatchObject({ excludeCredentials: [{ id: passkey.id }] });
    const eve = await new Browser(team).signIn('eve');
    const other = await Passkey.at(ORIGIN);
    const options = await optionsOf(browser);
    expect((await addWith(eve, other, options)).status).toBe(401);
    expect((await addWith(eve, other, await asked(eve))).status).toBe(401);
    expect((await addWith(eve, passkey, await optionsOf(eve))).status).toBe(409);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * MINUTE + 1 });
    expect((await addWith(browser, other, options)).status).toBe(401);
    const fresh = await optionsOf(browser);
    expect((await addWith(browser, other, fresh)).status).toBe(201);
    expect((await addWith(browser, await Passkey.at(ORIGIN), fresh)).status).toBe(401);
  });

  it.each<[string, Over]>([
    ['for another origin', { origin: 'https://evil.example' }],
    ['for the same name at another port', { origin: `${ORIGIN}:8443` }],
    ['for another server', { rpID: 'evil.example' }],
    ['without anybody verified', { flags: 0x41 }],
  ])('is not added %s', async (_, over) => {
    const browser = await new Browser(newTeam()).signIn();
    const passkey = await Passkey.at(ORIGIN);
    expect((await addWith(browser, passkey, await optionsOf(browser), over)).status).toBe(401);
    expect(await passkeysOf(browser)).toEqual([]);
  });

  it.each<[string, Over]>([
    ['for another origin', { origin: 'https://evil.example' }],
    ['for the same name at another port', { origin: `${ORIGIN}:8443` }],
    ['for another server', { rpID: 'evil.example' }],
    ['without anybody verified', { flags: 0x01 }],
    ['as somebody else', { userHandle: base64url.encode('eve') }],
    ['with a count that went back', { counter: 0 }],
  ])('signs in nobody %s', async (_, over) => {
    const { team, passkey } = await withPasskey();
    expect((await enterBy(passkey, team))[0]).toBe(200);
    expect((await enterBy(passkey, team, over))[0]).toBe(401);
    expect((await enterBy(passkey, team))[0]).toBe(200);
  });

  it('signs in once by what it signed, in 5 minutes, for its team', async () => {
    const { team, passkey } = await withPasskey();
    const browser = new Browser(team);
    // Most passkeys do not count, so that their count cannot tell.
    const signed = await passkey.sign(await asked(browser), { counter: 0 });
    expect(await enter(browser, signed)).toBe(200);
    expect(await enter(new Browser(team), signed)).toBe(401);
    const late = await passkey.sign(await asked(browser));
    const elsewhere = await passkey.sign(await asked(new Browser(newTeam())));
    expect(await enter(browser, elsewhere)).toBe(401);
    const made = await passkey.sign({ challenge: base64url.encode('made up') });
    expect(await enter(browser, made)).toBe(401);
    const adding = await passkey.sign(await optionsOf(browser));
    expect(await enter(browser, adding)).toBe(401);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * MINUTE + 1 });
    expect(await enter(new Browser(team), late)).toBe(401);
  });

  it('with another key than it was added with signs in nobody', async () => {
    const { team, passkey } = await withPasskey();
    const forged = Object.assign(await Passkey.at(ORIGIN), { id: passkey.id });
    const over = { userHandle: base64url.encode('ada') };
    expect((await enterBy(forged, team, over))[0]).toBe(401);
    expect((await enterBy(await Passkey.at(ORIGIN), team, over))[0]).toBe(401);
  });

  it('is its owner’s to delete, and then signs in nobody', async () => {
    const { team, browser, passkey } = await withPasskey();
    const eve = await new Browser(team).signIn('eve');
    expect(await passkeysOf(eve)).toEqual([]);
    expect((await eve.ask('DELETE', `/api/auth/passkeys/${passkey.id}`)).status).toBe(404);
    expect((await browser.ask('DELETE', `/api/auth/passkeys/${passkey.id}`)).status).toBe(204);
    expect(await passkeysOf(browser)).toEqual([]);
    expect((await enterBy(passkey, team))[0]).toBe(401);
  });

  it('goes with its member', async () => {
    const { team, passkey } = await withPasskey();
    const admin = { team, token: await memberToken(team, 'admin', Date.now(), 'eve') };
    expect((await call('DELETE', '/api/members/ada', admin)).status).toBe(204);
    expect((await enterBy(passkey, team))[0]).toBe(401);
    expect(await withMembers(team, (store) => store.passkeys.get(passkey.id))).toBeNull();
  });

  it('[L] there are 20 of a member at most', async () => {
    const { team, browser, passkey } = await withPasskey();
    await withMembers(team, (store) => {
      const row = store.passkeys.get(passkey.id);
      for (let more = 1; more < LIMITS.passkeysPerMember && row !== null; more += 1)
        store.passkeys.put({ ...row, id: `more-${more}` });
    });
    const response = await addWith(browser, await Passkey.at(ORIGIN), await optionsOf(browser));
    expect(await response.json()).toMatchObject({ error: { code: 'RESOURCE_EXHAUSTED' } });
  });

  it('is not made by a script’s token, nor where the server has no name', async () => {
    const { team, browser } = await withPasskey();
    const body = { name: 'script', role: 'admin', expiresIn: 100_000 };
    const { token } = await json<{ token: string }>(browser.ask('POST', '/api/tokens', { body }));
    for (const [method, path] of [
      ['POST', '/api/auth/passkeys/options'],
      ['GET', '/api/auth/passkeys'],
      ['DELETE', '/api/auth/passkeys/x'],
    ] as const)
      expect((await call(method, path, { team, token })).status).toBe(403);
    for (const origin of ['http://127.0.0.1:8700', 'http://[::1]:8700'])
      expect((await call('POST', '/api/auth/passkey/options', { team, origin })).status).toBe(409);
  });

  it('[X8] is on record: added, signed in by, refused for its count, deleted', async () => {
    const { team, browser, passkey } = await withPasskey();
    const [, fresh] = await enterBy(passkey, team);
    await enterBy(passkey, team, { counter: 1 });
    await fresh.ask('DELETE', `/api/auth/passkeys/${passkey.id}`);
    await browser.ask('GET', '/api/audit/verify');
    const { entries } = await json<{ entries: AuditRow[] }>(browser.ask('GET', '/api/audit'));
    expect(entries.map(({ action, details, result }) => [action, details, result])).toEqual([
      ['passkey:remove', 'A phone', 'ok'],
      ['member:signin', 'by passkey A phone', 'AUTH_FAILED'],
      ['member:signin', 'by passkey A phone', 'ok'],
      ['passkey:add', 'A phone', 'ok'],
      ['member:signin', null, 'ok'],
    ]);
  });
});
