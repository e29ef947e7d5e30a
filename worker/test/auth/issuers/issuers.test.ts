import { type AuditRow, MemberIdSchema, type Role } from '@muster/protocol';
import { exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Browser } from '../../browser.ts';
import { pass } from '../../clock.ts';
import { call, dial, memberToken, newTeam, ORIGIN, open, Viewer, withMembers } from '../../front.ts';
import { FakeIssuer, type Says } from '../../issuers/issuer.ts';
import { TRUST, TRUSTED } from '../../issuers/trusted.ts';

const [oidc, project, , , access] = TRUSTED;
const HOUR = 3_600_000;
const ASSERTION = 'cf-access-jwt-assertion';

let provider: FakeIssuer;
let shared: FakeIssuer;
let edge: FakeIssuer;
beforeAll(async () => {
  provider = await FakeIssuer.at(oidc.issuer, oidc.audience, oidc.jwks);
  shared = FakeIssuer.withSecret(project.issuer, project.audience, project.secret);
  const teamDomain = `https://${access.teamDomain}`;
  edge = await FakeIssuer.at(teamDomain, access.audience, `${teamDomain}/cdn-cgi/access/certs`);
});
afterEach(() => {
  vi.useRealTimers();
});

/** A member of the team, added by an admin. */
const member = (id: string, email: string | null = null, role: Role = 'operator') =>
  withMembers(TRUST, (store) =>
    store.members.put({
      id: MemberIdSchema.parse(id),
      name: id,
      role,
      email,
      agents: null,
      createdAt: 1,
      removedAt: null,
    }),
  );

/** The member id that this token leads to, or the status of the refusal. */
async function who(token: string, headers: Record<string, string> = {}): Promise<string | number> {
  const own = token === '' ? {} : { token };
  const response = await call('GET', '/api/auth/me', { team: TRUST, ...own, headers });
  if (!response.ok) return response.status;
  return ((await response.json()) as { member: { id: string } }).member.id;
}
const byOidc = async (says: Says) => who(await provider.token({ email_verified: true, ...says }));
const seconds = () => Math.floor(Date.now() / 1000);

describe('[X2] an issuer by JWKS', () => {
  it('signs in the member of its list, by subject or verified e-mail, and the one with the address', async () => {
    await member('mia');
    await member('nils');
    await member('olga', 'olga@example.org');
    expect(await byOidc({ sub: 'sub-of-mia' })).toBe('mia');
    expect(await byOidc({ sub: 'x', email: 'nils@example.org' })).toBe('nils');
    expect(await byOidc({ sub: 'y', email: ' Olga@Example.org' })).toBe('olga');
    expect(await byOidc({ sub: 'y', email: 'olga@example.org', email_verified: 'true' })).toBe('olga');
  });

  it('signs in nobody by an address that is not verified, or that nobody of the team has', async () => {
    await member('pia', 'pia@example.org');
    for (const email_verified of [false, 'false', undefined, 1])
      for (const email of ['pia@example.org', 'nils@example.org'])
        expect(await byOidc({ sub: 'z', email, email_verified })).toBe(401);
    expect(await byOidc({ sub: 'z', email: 'nobody@example.org' })).toBe(401);
    expect(await byOidc({ sub: 'z' })).toBe(401);
  });

  it('does so only with its own key, algorithm, audience and name, in its time and for its team', async () => {
    await member('mia');
    const sub = 'sub-of-mia';
    const other = await generateKeyPair('RS256', { extractable: true });
    const longer = await importJWK(await exportJWK(provider.privateKey), 'RS512');
    const pem = new TextEncoder().encode(await exportSPKI(provider.publicKey));
    const none = ['{"alg":"none"}', JSON.stringify({ sub, iss: oidc.issuer, aud: oidc.audience, exp: 9e9 })];
    const wrong = {
      audience: await provider.token({ sub, aud: 'another' }),
      name: await provider.token({ sub, iss: 'https://other.example' }),
      'no name': await provider.token({ sub, iss: undefined }),
      expired: await provider.token({ sub, exp: seconds() - 61 }),
      'not yet': await provider.token({ sub, nbf: seconds() + 62 }),
      'without end': await provider.token({ sub, exp: undefined }),
      nobody: await provider.token({ sub: '' }),
      key: await provider.token({ sub }, { key: other.privateKey }),
      'public key as a secret': await provider.token({ sub }, { alg: 'HS256', key: pem }),
      'another algorithm of its key': await provider.token({ sub }, { alg: 'RS512', key: longer }),
      'no algorithm': `${none.map((part) => btoa(part).replaceAll('=', '')).join('.')}.`,
      'as another issuer': await provider.token({ sub, iss: project.issuer, aud: project.audience }),
    };
    for (const [why, token] of Object.entries(wrong)) expect(await who(token), why).toBe(401);
    const good = await provider.token({ sub, exp: seconds() - 50, nbf: seconds() - 60 });
    expect(await who(good)).toBe('mia');
    const elsewhere = await call('GET', '/api/auth/me', { team: newTeam(), token: good });
    expect(elsewhere.status).toBe(401);
  });

  it('rotates its keys: the new one counts when it is first met, the old one for 10 minutes at most', async () => {
    await member('mia');
    const sub = 'sub-of-mia';
    expect(await who(await provider.token({ sub }))).toBe('mia');
    const old = provider.privateKey;
    const before = await provider.token({ sub });
    await provider.rotate();
    pass(30_001);
    expect(await who(await provider.token({ sub }))).toBe('mia');
    expect(await who(before)).toBe(401);
    expect(await who(await provider.token({ sub }, { key: old }))).toBe(401);
  });

  it('counts by its last keys while it is away, for a day', async () => {
    await member('mia');
    const sub = 'sub-of-mia';
    expect(await who(await provider.token({ sub }))).toBe('mia');
    await provider.put('away');
    pass(HOUR);
    expect(await who(await provider.token({ sub }))).toBe('mia');
    await provider.put('{"keys":"none"}');
    pass(2 * HOUR);
    expect(await who(await provider.token({ sub }))).toBe('mia');
    pass(25 * HOUR);
    expect(await who(await provider.token({ sub }))).toBe(503);
    await provider.publish();
    pass(11_000);
    expect(await who(await provider.token({ sub }))).toBe('mia');
  });
});

describe('[X2] an issuer with a shared secret', () => {
  it('signs in by the address that it always verifies, and newcomers as what they may be', async () => {
    await member('quin', 'quin@example.org');
    expect(await who(await shared.token({ sub: 'q', email: 'quin@example.org' }))).toBe('quin');
    const id = await who(await shared.token({ sub: 'new', email: 'new@example.org', name: 'Nøva' }));
    expect(id).toMatch(/^ext-[0-9a-f]{32}$/);
    expect(await who(await shared.token({ sub: 'new', email: 'moved@example.org' }))).toBe(id);
    const row = await withMembers(TRUST, (store) => store.members.get(String(id)));
    expect(row).toMatchObject({ name: 'Nøva', role: 'viewer', email: 'new@example.org' });
  });

  it('not with another secret, nor by an asymmetric key', async () => {
    const says = { sub: 'q', email: 'quin@example.org' };
    const secret = new TextEncoder().encode(`${project.secret}.`);
    expect(await who(await shared.token(says, { key: secret }))).toBe(401);
    const swapped = { ...says, iss: project.issuer, aud: project.audience };
    expect(await who(await provider.token(swapped))).toBe(401);
    expect(await who(await shared.token(says, { alg: 'HS512' }))).toBe(401);
  });

  it('refuses a removed member, newcomer or not', async () => {
    await member('rob', 'rob@example.org');
    const newcomer = String(await who(await shared.token({ sub: 'fresh', email: 'fresh@example.org' })));
    const ada = new Browser(TRUST);
    ada.token = await memberToken(TRUST);
    for (const id of ['rob', newcomer]) {
      const removed = await call('DELETE', `/api/members/${id}`, { team: TRUST, token: ada.token });
      expect(removed.status).toBe(204);
    }
    expect(await who(await shared.token({ sub: 'rob', email: 'rob@example.org' }))).toBe(401);
    expect(await who(await shared.token({ sub: 'fresh', email: 'fresh@example.org' }))).toBe(401);
    expect(await who(await shared.token({ sub: 'fresh', email: 'else@example.org' }))).toBe(401);
  });
});

describe('[X2] Cloudflare Access', () => {
  it('signs in by the header that it adds, on requests and sockets', async () => {
    await member('sue', 'sue@example.org');
    const assertion = await edge.token({ sub: 's', email: 'sue@example.org' });
    expect(await who('', { [ASSERTION]: assertion })).toBe('sue');
    const headers = { [ASSERTION]: assertion, origin: ORIGIN };
    const viewer = await dial('/ws/dashboard', { team: TRUST, headers });
    expect(await viewer.next('connection:ack')).toMatchObject({ member: { id: 'sue' } });
    viewer.close();
  });

  it('[X1] its word comes with every page: a foreign one can do nothing with it', async () => {
    await member('sue', 'sue@example.org');
    const assertion = await edge.token({ sub: 's', email: 'sue@example.org' });
    for (const origin of [{ origin: 'https://evil.example' }, {}]) {
      const headers = { [ASSERTION]: assertion, ...origin };
      const viewer = await dial('/ws/dashboard', { team: TRUST, headers });
      expect(await viewer.end()).toMatchObject({ code: 4401 });
      expect((await call('DELETE', '/api/auth/sessions', { team: TRUST, headers })).status).toBe(401);
    }
    expect(await who('', { [ASSERTION]: assertion, origin: 'https://evil.example' })).toBe(401);
  });

  it('[M11] tells a page its newest token in place of a renewal', async () => {
    await member('sue', 'sue@example.org');
    const assertion = await edge.token({ sub: 's', email: 'sue@example.org' });
    const headers = { [ASSERTION]: assertion, origin: ORIGIN };
    const renewed = await call('POST', '/api/auth/refresh', { team: TRUST, headers });
    expect(await renewed.json()).toMatchObject({ token: assertion, member: { id: 'sue' } });
    const nobody = await call('POST', '/api/auth/refresh', { team: TRUST, headers: { origin: ORIGIN } });
    expect(nobody.status).toBe(401);
  });

  it('not with a token of another team or application there', async () => {
    const wrong = await edge.token({ sub: 's', email: 'sue@example.org', aud: 'another' });
    expect(await who('', { [ASSERTION]: wrong })).toBe(401);
  });
});

describe('[X2] what an issuer signs', () => {
  it('counts wherever a token does: header, query, and the message of a socket', async () => {
    await member('mia');
    const token = await provider.token({ sub: 'sub-of-mia' });
    const query = await call('GET', `/api/agents?token=${token}`, { team: TRUST });
    expect(query.status).toBe(200);
    const viewer = new Viewer(await open('/ws/dashboard', { team: TRUST }));
    expect(await viewer.ask({ type: 'auth', payload: { token } })).toMatchObject({ success: true });
    viewer.close();
  });

  it('[X3] is a sign-in of its own: seen among my devices, ended from there, and not begun again by the same token', async () => {
    await member('tom', 'tom@example.org');
    const token = await provider.token({ sub: 't', email: 'tom@example.org', email_verified: true });
    const headers = { 'user-agent': 'a script' };
    const sessions = await call('GET', '/api/auth/sessions', { team: TRUST, token, headers });
    const listed = (await sessions.json()) as { sessions: { sid: string; device: string }[] };
    expect(listed).toMatchObject({ sessions: [{ device: 'a script', current: true }] });
    const viewer = await dial('/ws/dashboard', { team: TRUST, token });
    const sid = listed.sessions[0]?.sid;
    expect((await call('DELETE', `/api/auth/sessions/${sid}`, { team: TRUST, token })).status).toBe(204);
    expect(await viewer.end()).toMatchObject({ code: 4401 });
    expect(await who(token)).toBe(401);
    const flipped = token.endsWith('A') ? `${token.slice(0, -1)}B` : `${token.slice(0, -1)}A`;
    expect(await who(flipped)).toBe(401);
    expect(await byOidc({ sub: 't', email: 'tom@example.org', jti: 'another' })).toBe('tom');
  });

  it('[X4] [M13] ends with its member: open sockets close', async () => {
    await member('uma', 'uma@example.org');
    const token = await provider.token({ sub: 'u', email: 'uma@example.org', email_verified: true });
    const viewer = await dial('/ws/dashboard', { team: TRUST, token });
    await viewer.next('host:list');
    const admin = { team: TRUST, token: await memberToken(TRUST) };
    expect((await call('DELETE', '/api/members/uma', admin)).status).toBe(204);
    expect(await viewer.end()).toMatchObject({ code: 4401 });
    expect(await who(token)).toBe(401);
  });

  it('[X8] is audited once, with its issuer', async () => {
    await member('vic', 'vic@example.org');
    const token = await provider.token({ sub: 'v', email: 'vic@example.org', email_verified: true });
    await who(token);
    await who(token);
    const admin = { team: TRUST, token: await memberToken(TRUST) };
    await call('GET', '/api/audit/verify', admin);
    const audit = await call('GET', '/api/audit?member=vic', admin);
    const { entries } = (await audit.json()) as { entries: AuditRow[] };
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ['member:signin', `by ${oidc.issuer}`],
    ]);
  });
});
