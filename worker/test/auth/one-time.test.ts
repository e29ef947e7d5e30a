import { type HostId, MemberIdSchema, PermissionIdSchema, type TeamId } from '@muster/protocol';
import { base64url } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TOKEN_KINDS, type TokenKind } from '../../src/auth/token-kinds.ts';
import { Browser } from '../browser.ts';
import { call, enrol, memberBody, memberToken, newTeam, ORIGIN, sign } from '../front.ts';
import { Passkey } from '../passkey.ts';
import { assertionOf, changeKey, newHostId, publicKeyOf } from './host.ts';

/** They are read when the first passkey, or sign-in at an issuer, comes. */
beforeAll(() => Promise.all([import('@simplewebauthn/server'), import('oauth4webapi')]));
afterEach(() => {
  vi.useRealTimers();
});
const json = async <T>(response: Response) => (await response.json()) as T;

/** A team with an admin, Ada, who has a passkey. */
async function scene() {
  const team = newTeam();
  const ada = await new Browser(team).signIn();
  const passkey = await Passkey.at(ORIGIN);
  const options = await json<{ challenge: string }>(await ada.ask('POST', '/api/auth/passkeys/options'));
  const body = { name: 'A phone', created: await passkey.create(options) };
  expect((await ada.ask('POST', '/api/auth/passkeys', { body })).status).toBe(201);
  return { team, ada, passkey };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** What each token buys, and with what it is brought: every route that takes one. */
type Take = (scene: Scene, token: string) => Promise<number>;
const challengeOf = (token: string) => ({ challenge: base64url.encode(token) });
const TAKERS: Readonly<Record<TokenKind, Take>> = {
  access: async ({ team }, token) => (await call('GET', '/api/auth/me', { team, token })).status,
  refresh: async ({ team }, token) => {
    const headers = { cookie: `__Host-muster-refresh=${token}`, origin: ORIGIN };
    return (await call('POST', '/api/auth/refresh', { team, headers })).status;
  },
  login: async ({ team }, code) =>
    (await call('POST', '/api/auth/exchange', { team, body: { code } })).status,
  invite: async ({ team }, code) => (await call('POST', '/api/auth/accept', { team, body: { code } })).status,
  passkey: async ({ ada, passkey }, token) => {
    const body = { signed: await passkey.sign(challengeOf(token), { counter: 0 }) };
    return (await ada.ask('POST', '/api/auth/passkey', { body })).status;
  },
  'passkey-add': async ({ ada }, token) => {
    const other = await Passkey.at(ORIGIN);
    const created = await other.create({ ...challengeOf(token), user: { id: base64url.encode('ada') } });
    return (await ada.ask('POST', '/api/auth/passkeys', { body: { name: 'Another', created } })).status;
  },
  redirect: async ({ team }, token) => {
    const headers = { cookie: `__Host-muster-redirect=${token}`, origin: ORIGIN };
    const body = { returned: '?code=a&state=b' };
    return (await call('POST', '/api/auth/issuer', { team, headers, body })).status;
  },
  push: async ({ team }, token) =>
    (await call('POST', '/api/push/act', { team, body: { token, optionId: 'once' } })).status,
  ticket: async ({ team }, token) => {
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'muster.v1', 'muster-ticket': token };
    return (await call('GET', '/ws/runner', { team, headers, token })).headers.has('muster-ticket')
      ? 200
      : 401;
  },
  enrol: async ({ team }, token) => {
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(newHostId()) };
    return (await call('POST', '/api/hosts', { team, body: { token, name: 'box', publicKey } })).status;
  },
};

/** How each comes into the world. `redirect`: what it buys is the issuer's to say (routes/issuers.test.ts). */
const MAKERS: Readonly<Record<TokenKind, (scene: Scene) => Promise<string>>> = {
  access: async ({ ada }) => ada.token,
  refresh: async ({ ada }) => ada.cookies.get('__Host-muster-refresh') ?? '',
  login: ({ team }) => sign('login', memberBody(team)),
  invite: async ({ ada }) => {
    const body = { name: 'Bo', role: 'viewer' };
    return (await json<{ code: string }>(await ada.ask('POST', '/api/invitations', { body }))).code;
  },
  passkey: async ({ ada }) => {
    const { challenge } = await json<{ challenge: string }>(
      await ada.ask('POST', '/api/auth/passkey/options'),
    );
    return new TextDecoder().decode(base64url.decode(challenge));
  },
  'passkey-add': async ({ ada }) => {
    const { challenge } = await json<{ challenge: string }>(
      await ada.ask('POST', '/api/auth/passkeys/options'),
    );
    return new TextDecoder().decode(base64url.decode(challenge));
  },
  redirect: ({ team }) => {
    const flow = { state: 'b', nonce: 'n', verifier: 'v', redirect: `${ORIGIN}/signin` };
    return sign('redirect', { ...flow, sub: 'https://login.example', team });
  },
  push: ({ team }) => {
    const permission = PermissionIdSchema.parse('one.p');
    const button = { device: 'd', permission, digest: 'a'.repeat(64), option: 'once' };
    return sign('push', { sub: MemberIdSchema.parse('ada'), team, ...button });
  },
  ticket: ({ team }) => sign('ticket', { sub: newHostId(), team, key: 'x' }),
  enrol: async ({ ada }) =>
    (await json<{ token: string }>(await ada.ask('POST', '/api/hosts/enrolment', { body: {} }))).token,
};
const KINDS = Object.keys(TOKEN_KINDS) as TokenKind[];
/** Those that are spent by their use. */
const ONCE = ['login', 'invite', 'passkey', 'passkey-add', 'enrol'] as const;

describe('[X15] a token names its purpose', () => {
  it.each(KINDS)('%s is taken where it belongs, and nowhere else', async (kind) => {
    const here = await scene();
    for (const taker of KINDS) {
      if (taker === kind) continue;
      expect(
        await TAKERS[taker](here, await MAKERS[kind](here)),
        `${kind} taken as ${taker}`,
      ).toBeGreaterThan(399);
    }
    // A button is of a device and a request that are there (push.test.ts).
    if (kind === 'redirect' || kind === 'ticket' || kind === 'push') return;
    expect(await TAKERS[kind](here, await MAKERS[kind](here))).toBeLessThan(300);
  });

  it.each(ONCE)('%s is good for its own team, in its own time', async (kind) => {
    const [here, other] = [await scene(), await scene()];
    expect(await TAKERS[kind](other, await MAKERS[kind](here))).toBe(401);
    const token = await MAKERS[kind](here);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TOKEN_KINDS[kind].lifetime + 1_000 });
    expect(await TAKERS[kind](here, token)).toBe(401);
  });

  it.each(ONCE)('%s is spent once, in order or all at once', async (kind) => {
    const here = await scene();
    const token = await MAKERS[kind](here);
    const uses = await Promise.all(Array.from({ length: 5 }, () => TAKERS[kind](here, token)));
    expect(uses.filter((status) => status < 300)).toHaveLength(1);
    expect(await TAKERS[kind](here, token)).toBe(401);
  });

  it.each(['passkey', 'passkey-add'] as const)('%s is of the browser that asked for it', async (kind) => {
    const here = await scene();
    const token = await MAKERS[kind](here);
    const elsewhere = { ...here, ada: here.ada.stolen() };
    elsewhere.ada.cookies.delete('__Host-muster-passkey');
    expect(await TAKERS[kind](elsewhere, token)).toBe(401);
    const another = { ...here, ada: await new Browser(here.team).signIn('bo') };
    await MAKERS[kind](another);
    expect(await TAKERS[kind](another, token)).toBe(401);
    expect(await TAKERS[kind](here, token)).toBeLessThan(300);
  });

  it('a challenge is spent by a wrong answer too: none can be tried again', async () => {
    const here = await scene();
    const token = await MAKERS.passkey(here);
    const wrong = await here.passkey.sign(challengeOf(token), { rpID: 'evil.example' });
    expect((await here.ada.ask('POST', '/api/auth/passkey', { body: { signed: wrong } })).status).toBe(401);
    expect(await TAKERS.passkey(here, token)).toBe(401);
  });
});

/** Enrols with a key of its own. */
async function enrolAs(team: TeamId, token: string, over: object) {
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(newHostId()) };
  const body = { token, name: 'newcomer', publicKey, ...over };
  return (await call('POST', '/api/hosts', { team, body })).status;
}
async function tokenFor(team: TeamId, body: object): Promise<{ status: number; token: string }> {
  const response = await call('POST', '/api/hosts/enrolment', { team, token: await memberToken(team), body });
  return { status: response.status, token: (await json<{ token?: string }>(response)).token ?? '' };
}

describe('[X15] an enrolment', () => {
  const live = async () => {
    const [team, hostId] = [newTeam(), newHostId()];
    expect(await enrol(team, hostId)).toBeNull();
    return { team, hostId };
  };
  const proofOf = (hostId: HostId, key: string, signer: HostId = hostId, path = '/api/hosts') =>
    assertionOf(hostId, `${ORIGIN}${path}`, Date.now(), { body: { key }, signer });

  it('for a new host takes over no host that there is, by no other means than its own key', async () => {
    const { team, hostId } = await live();
    const [thief, other] = [newHostId(), newHostId()];
    const x = await publicKeyOf(thief);
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x };
    const { token } = await tokenFor(team, {});
    for (const over of [
      {},
      { proof: 'nonsense' },
      { proof: await proofOf(hostId, x, thief) },
      { proof: await proofOf(other, x) },
      // Signed by the host, but to dial, or for another key.
      { proof: await proofOf(hostId, x, hostId, '/ws/runner') },
      { proof: await proofOf(hostId, await publicKeyOf(other)) },
    ])
      expect(await enrolAs(team, token, { hostId, publicKey, ...over })).toBe(401);
    // The token was not spent by what it is not for.
    expect(await enrolAs(team, token, { publicKey, hostId, proof: await proofOf(hostId, x) })).toBe(201);
  });

  it('for a named host is for that one alone, and replaces its good key only if an admin said so', async () => {
    const { team, hostId } = await live();
    expect((await tokenFor(team, { hostId })).status).toBe(409);
    expect((await tokenFor(team, { hostId: newHostId(), replace: true })).status).toBe(409);
    const named = await sign('enrol', { sub: memberBody(team).sub, team, host: hostId });
    expect(await enrolAs(team, named, { hostId })).toBe(401);
    const { status, token } = await tokenFor(team, { hostId, replace: true });
    expect(status).toBe(201);
    expect(await enrolAs(team, token, { hostId: newHostId() })).toBe(401);
    // A new machine knows no id; the token does.
    expect(await enrolAs(team, token, {})).toBe(201);
    expect(await enrolAs(team, token, {})).toBe(401);
    const admin = { team, token: await memberToken(team) };
    // It answers when all that waits is written.
    await call('GET', '/api/audit/verify', admin);
    const { entries } = await json<{ entries: object[] }>(await call('GET', '/api/audit', admin));
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'host:enrolment', target: hostId, details: 'replaces its key' }),
    );
  });

  it('of a revoked host needs a token that names it, and another key', async () => {
    const { team, hostId } = await live();
    const admin = await memberToken(team);
    await call('POST', `/api/hosts/${hostId}/revoke`, { team, token: admin });
    const old = await publicKeyOf(hostId);
    const { token: general } = await tokenFor(team, {});
    expect(await enrolAs(team, general, { hostId })).toBe(401);
    expect(await enrolAs(team, general, { hostId, proof: await proofOf(hostId, old) })).toBe(401);
    changeKey(hostId);
    const { status, token } = await tokenFor(team, { hostId });
    expect(status).toBe(201);
    const x = await publicKeyOf(hostId);
    expect(await enrolAs(team, token, { hostId, publicKey: { kty: 'OKP', crv: 'Ed25519', x } })).toBe(201);
  });
});
