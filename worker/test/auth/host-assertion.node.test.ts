import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { HostKeySchema, readAssertion, verifyAssertion } from '../../src/auth/host-assertion.ts';
import { NOW } from './bodies.ts';
import { assertionOf, changeKey, type Forged, newHostId, publicKeyOf } from './host.ts';

const HERE = 'https://muster.example/ws/runner';
const HOST = newHostId();
const seconds = NOW / 1000;

/** What the guard makes of it, by the key that is kept of `hostId`. */
async function codeOf(token: string, now = NOW, audiences = [HERE]): Promise<string> {
  const claimed = readAssertion(token, audiences);
  if (!claimed.ok) return `at once: ${claimed.error.code}`;
  const { hostId } = claimed.value;
  const verified = await verifyAssertion(claimed.value, await publicKeyOf(hostId), audiences, now);
  return verified.ok ? hostId : verified.error.code;
}
const forged = (forged: Forged, address = HERE) => assertionOf(HOST, address, NOW, forged);

describe('the assertion of a host', () => {
  it('[X4] proves by the key that is kept of it which host dials', async () => {
    expect(await codeOf(await assertionOf(HOST, HERE, NOW))).toBe(HOST);
    expect(
      await codeOf(await assertionOf(HOST, HERE, NOW), NOW, ['https://other.example/ws/runner', HERE]),
    ).toBe(HOST);
  });

  it('[X4] another key does not, its own earlier one neither', async () => {
    const own = newHostId();
    const token = await assertionOf(own, HERE, NOW);
    expect(await codeOf(await assertionOf(own, HERE, NOW, { signer: HOST }))).toBe('AUTH_FAILED');
    changeKey(own);
    expect(await codeOf(token)).toBe('AUTH_FAILED');
  });

  it.each<[string, Forged, string?]>([
    ['for another server', {}, 'https://evil.example/ws/runner'],
    ['for another address of this one', {}, 'https://muster.example/ws/keepers/1'],
    ['for several', { body: { aud: [HERE, 'https://evil.example/ws/runner'] } }],
    ['of another kind', { header: { typ: 'JWT' } }],
    ['of no host', { body: { sub: 'ada' } }],
    ['that lives for longer than a minute', { body: { exp: seconds + 61 } }],
    ['that says not when it was made', { body: { iat: undefined } }],
    ['that never ends', { body: { exp: undefined } }],
    ['without an id of its own', { body: { jti: undefined } }],
  ])('[X2] [X4] one %s is refused before anybody is asked for the key', async (_what, change, address) => {
    expect(await codeOf(await forged({}))).toBe(HOST);
    expect(await codeOf(await forged(change, address))).toBe('at once: AUTH_FAILED');
  });

  it('[X2] the algorithm is ours: not none, and not HS256 with the public key as its secret', async () => {
    const body = { sub: HOST, aud: HERE, iat: seconds, exp: seconds + 60, jti: 'j' };
    const [, none = ''] = new UnsecuredJWT(body).encode().split('.');
    const header = (alg: string) => base64url.encode(JSON.stringify({ alg, typ: 'host+jwt' }));
    expect(await codeOf(`${header('none')}.${none}.`)).toBe('at once: AUTH_FAILED');
    const secret = base64url.decode(await publicKeyOf(HOST));
    const jwt = new SignJWT(body).setProtectedHeader({ alg: 'HS256', typ: 'host+jwt' });
    const symmetric = await jwt.sign(secret);
    expect(await codeOf(symmetric)).toBe('at once: AUTH_FAILED');
    const [, payload, signature] = symmetric.split('.');
    expect(await codeOf(`${header('EdDSA')}.${payload}.${signature}`)).toBe('AUTH_FAILED');
    expect(await codeOf(`${header('EdDSA')}.${none}.`)).toBe('AUTH_FAILED');
  });

  it('[X4] is good for a minute, and for another that the clocks may differ by', async () => {
    const token = await assertionOf(HOST, HERE, NOW);
    expect(await codeOf(token, NOW + 119_000)).toBe(HOST);
    expect(await codeOf(token, NOW + 121_000)).toBe('TOKEN_EXPIRED');
    expect(await codeOf(token, NOW - 60_000)).toBe(HOST);
    expect(await codeOf(token, NOW - 61_000)).toBe('AUTH_FAILED');
  });

  it('[X4] nonsense, and what was cut or changed on its way, is none', async () => {
    for (const text of ['', '.', '..', 'a.b.c', 'nonsense', '__proto__'])
      expect(await codeOf(text)).toBe('at once: AUTH_FAILED');
    const token = await assertionOf(HOST, HERE, NOW);
    expect(await codeOf(token.slice(0, -4))).toBe('AUTH_FAILED');
    const [header, , signature] = token.split('.');
    const [, payload] = (await assertionOf(HOST, HERE, NOW, { body: { jti: 'another' } })).split('.');
    expect(await codeOf(`${header}.${payload}.${signature}`)).toBe('AUTH_FAILED');
  });

  it('[X4] a key is the public half of an Ed25519 one, and nothing else', async () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(HOST) };
    expect(HostKeySchema.safeParse(key).success).toBe(true);
    for (const other of [{ d: key.x }, { crv: 'X25519' }, { kty: 'oct' }, { x: key.x.slice(1) }])
      expect(HostKeySchema.safeParse({ ...key, ...other }).success).toBe(false);
  });
});
