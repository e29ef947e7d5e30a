import { PermissionIdSchema } from '@muster/protocol';
import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { TOKEN_KINDS, type TokenKind } from '../../src/auth/token-kinds.ts';
import { signingKey, signToken, verifyToken } from '../../src/auth/tokens.ts';
import { KEY, MEMBER_BODY, NOW } from './bodies.ts';
import { newHostId } from './host.ts';

const seconds = NOW / 1000;

/** A token that is right in everything but what `change` does to it. */
function forged(change: (jwt: SignJWT) => SignJWT, header: { alg?: string; typ?: string } = {}) {
  const jwt = new SignJWT({ ...MEMBER_BODY })
    .setProtectedHeader({ alg: 'HS256', typ: 'access+jwt', ...header })
    .setIssuer('muster')
    .setAudience('muster:api')
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + 60)
    .setJti('j');
  return change(jwt).sign(KEY);
}

const codeOf = async (token: string, now = NOW) => {
  const result = await verifyToken(KEY, 'access', token, now);
  return result.ok ? 'ok' : result.error.code;
};

describe('tokens', () => {
  it('[X2] an access token says who a member is, for 1 hour', async () => {
    const { token, expiresAt } = await signToken(KEY, 'access', MEMBER_BODY, NOW);
    expect(expiresAt).toBe(NOW + 3_600_000);
    expect(await verifyToken(KEY, 'access', token, NOW + 3_599_000)).toEqual({
      ok: true,
      value: { body: MEMBER_BODY, jti: expect.any(String), expiresAt },
    });
  });

  it('[X2] an expired token is TOKEN_EXPIRED, to the second', async () => {
    const { token } = await signToken(KEY, 'access', MEMBER_BODY, NOW, 60_000);
    expect(await codeOf(token, NOW + 59_000)).toBe('ok');
    expect(await codeOf(token, NOW + 60_000)).toBe('TOKEN_EXPIRED');
  });

  it('[X2] no kind of token passes for another', async () => {
    const { name, sub, team, role } = MEMBER_BODY;
    const flow = { state: 's', nonce: 'n', verifier: 'v', redirect: 'https://muster.example/signin' };
    const permission = PermissionIdSchema.parse('one.p');
    const button = { device: 'd', permission, digest: 'a'.repeat(64), option: 'once' };
    const signed: Record<TokenKind, string> = {
      access: (await signToken(KEY, 'access', MEMBER_BODY, NOW)).token,
      refresh: (await signToken(KEY, 'refresh', MEMBER_BODY, NOW)).token,
      login: (await signToken(KEY, 'login', { name, sub, team, role }, NOW)).token,
      invite: (await signToken(KEY, 'invite', { sub, team }, NOW)).token,
      passkey: (await signToken(KEY, 'passkey', { sub, team, browser: 'b' }, NOW)).token,
      'passkey-add': (await signToken(KEY, 'passkey-add', { sub, team, browser: 'b' }, NOW)).token,
      redirect: (await signToken(KEY, 'redirect', { sub, team, ...flow }, NOW)).token,
      push: (await signToken(KEY, 'push', { sub, team, ...button }, NOW)).token,
      ticket: (await signToken(KEY, 'ticket', { sub: newHostId(), team, key: 'x' }, NOW)).token,
      enrol: (await signToken(KEY, 'enrol', { sub, team }, NOW)).token,
    };
    const kinds = Object.keys(TOKEN_KINDS) as TokenKind[];
    for (const made of kinds) {
      for (const read of kinds) {
        const result = await verifyToken(KEY, read, signed[made], NOW);
        expect(result.ok, `${made} read as ${read}`).toBe(made === read);
      }
    }
  });

  it.each([
    ['another audience', (jwt: SignJWT) => jwt.setAudience('muster:refresh'), {}],
    ['another issuer', (jwt: SignJWT) => jwt.setIssuer('someone'), {}],
    ['another typ', (jwt: SignJWT) => jwt, { typ: 'JWT' }],
    ['not yet valid', (jwt: SignJWT) => jwt.setNotBefore(seconds + 30), {}],
    ['no subject of ours', (jwt: SignJWT) => jwt.setSubject(''), {}],
  ])('[X2] %s is AUTH_FAILED', async (_what, change, header) => {
    expect(await codeOf(await forged((jwt) => jwt))).toBe('ok');
    expect(await codeOf(await forged(change, header))).toBe('AUTH_FAILED');
  });

  it('[X2] the algorithm is ours: none, HS512 and a swapped header are refused', async () => {
    const body = { ...MEMBER_BODY, jti: 'j' };
    const none = new UnsecuredJWT(body).setIssuer('muster').setAudience('muster:api').encode();
    expect(await codeOf(none)).toBe('AUTH_FAILED');
    const long = new Uint8Array(64).fill(7);
    const hs512 = await new SignJWT(body).setProtectedHeader({ alg: 'HS512', typ: 'access+jwt' }).sign(long);
    expect(await codeOf(hs512)).toBe('AUTH_FAILED');
    const [, payload, signature] = (await forged((jwt) => jwt)).split('.');
    for (const alg of ['none', 'RS256', 'HS384']) {
      const header = base64url.encode(JSON.stringify({ alg, typ: 'access+jwt' }));
      expect(await codeOf(`${header}.${payload}.${signature}`)).toBe('AUTH_FAILED');
    }
  });

  it('[X2] a token signed by another key, cut short or no token at all is AUTH_FAILED', async () => {
    const other = new Uint8Array(32).fill(9);
    expect(await codeOf((await signToken(other, 'access', MEMBER_BODY, NOW)).token)).toBe('AUTH_FAILED');
    const { token } = await signToken(KEY, 'access', MEMBER_BODY, NOW);
    expect(await codeOf(token.slice(0, -2))).toBe('AUTH_FAILED');
    for (const text of ['', '.', '..', 'a.b.c', '__proto__']) expect(await codeOf(text)).toBe('AUTH_FAILED');
  });

  it('a key of less than 32 bytes is refused', () => {
    expect(() => signingKey(base64url.encode(new Uint8Array(31)))).toThrow('32 bytes');
    expect(signingKey(base64url.encode(new Uint8Array(32)))).toHaveLength(32);
  });
});
