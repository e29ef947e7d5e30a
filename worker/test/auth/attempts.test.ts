import type { ErrorCode } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/auth/attempts.ts';
import type { ROUTES, Route } from '../../src/http/routes.ts';
import { call, memberToken, newTeam, open, Viewer } from '../front.ts';

const PERIOD_MS = 60_000;
const LIMIT = 20;
const TRIES = 60;

let addresses = 0;
/** Of a test's own. */
const newAddress = () => {
  addresses += 1;
  return `198.51.100.${addresses}`;
};
const from = (address: string, others: Record<string, string> = {}) => ({
  'cf-connecting-ip': address,
  ...others,
});

type AttemptRoute = {
  [R in Route]: (typeof ROUTES)[R]['bucket'] extends 'attempt' ? R : never;
}[Route];
type Attempt = (headers: Record<string, string>, index: number) => Promise<string>;

/** How often each answer came, and in how many of the platform's periods that was. */
async function tried(attempt: Attempt, headers: (index: number) => Record<string, string>, tries = TRIES) {
  const began = Math.floor(Date.now() / PERIOD_MS);
  const answers = new Map<string, number>();
  for (let index = 0; index < tries; index += 1) {
    const answer = await attempt(headers(index), index);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  const periods = Math.floor(Date.now() / PERIOD_MS) - began + 1;
  return { of: (code: ErrorCode | 'in') => answers.get(code) ?? 0, periods, tries };
}

const SIGNED = {
  ...{ id: 'AA', rawId: 'AA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA', userHandle: 'AA' },
};
const bad = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';
const codeIn = async (response: Response) => {
  const body: { error?: { code: string; details?: { retryAfter?: number } } } = await response.json();
  if (body.error?.code === 'RATE_LIMIT') expect(body.error.details?.retryAfter).toBe(PERIOD_MS);
  return body.error?.code ?? 'in';
};
const route: Attempt = async (headers) => codeIn(await call('GET', '/api/agents', { token: bad, headers }));
/** What passes the schema of each route that such attempts are made at, and opens nothing. */
const IN_VAIN: Readonly<Record<AttemptRoute, object>> = {
  'POST /api/auth/exchange': { code: 'made-up' },
  'POST /api/auth/accept': { code: 'made-up' },
  'POST /api/auth/passkey': { signed: SIGNED },
  'POST /api/auth/issuer': { returned: '?code=made-up&state=made-up' },
  'POST /api/push/act': { token: 'made-up', optionId: 'once' },
  'POST /api/hosts': {
    token: 'made-up',
    name: 'box',
    publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
  },
};
const at =
  (route: AttemptRoute): Attempt =>
  async (headers) =>
    codeIn(await call('POST', route.slice('POST '.length), { headers, body: IN_VAIN[route] }));
const exchange = at('POST /api/auth/exchange');
const socketAt =
  (path: string, options: { token?: string; headers?: Record<string, string> }): Attempt =>
  async (headers) => {
    const viewer = new Viewer(
      await open(path, { team: newTeam(), ...options, headers: { ...headers, ...options.headers } }),
    );
    // Who was let in without a token is told what it may not say.
    if (options.token === undefined && viewer.closed === null)
      viewer.raw('{"type":"agent:get_state","payload":{"agentId":"a"}}');
    const { code } = await viewer.next('error');
    // It must not come back as it is: it would be refused again.
    if (code === 'RATE_LIMIT') expect((await viewer.end()).code).toBe(4429);
    viewer.close();
    return code;
  };

describe('[X10] attempts from one address', () => {
  it.each<[string, Attempt]>([
    ['routes with a bad token', route],
    ...(Object.keys(IN_VAIN) as AttemptRoute[]).map((route): [string, Attempt] => [route, at(route)]),
    ['sockets with a bad token', socketAt('/ws/dashboard', { token: bad })],
    ['sockets of hosts with a bad token', socketAt('/ws/runner', { token: bad })],
    ['sockets without a token', socketAt('/ws/dashboard', {})],
  ])('are at most 20 a minute: %s', async (_what, attempt) => {
    const address = newAddress();
    const done = await tried(attempt, () => from(address));
    expect(done.of('AUTH_FAILED')).toBeLessThanOrEqual(LIMIT * done.periods);
    expect(done.of('AUTH_FAILED')).toBeGreaterThanOrEqual(LIMIT);
    expect(done.of('RATE_LIMIT')).toBe(done.tries - done.of('AUTH_FAILED'));
  });

  it('count together, and X-Forwarded-For neither adds an address nor hides one', async () => {
    const address = newAddress();
    const both: Attempt = (headers, index) => (index % 2 === 0 ? route : exchange)(headers, index);
    const done = await tried(both, (index) => from(address, { 'x-forwarded-for': `192.0.2.${index}` }));
    expect(done.of('AUTH_FAILED')).toBeLessThanOrEqual(LIMIT * done.periods);
    const others = await tried(route, () => from(newAddress(), { 'x-forwarded-for': '192.0.2.1' }));
    expect(others.of('RATE_LIMIT')).toBe(0);
  });

  it('are not counted where they succeed, or bring nothing, or nobody says where they come from', async () => {
    const team = newTeam();
    const token = await memberToken(team);
    const address = newAddress();
    const good: Attempt = async (headers) =>
      codeIn(await call('GET', '/api/agents', { team, token, headers }));
    const nothing: Attempt = async (headers) => codeIn(await call('GET', '/api/agents', { team, headers }));
    expect((await tried(good, () => from(address), 30)).of('in')).toBe(30);
    expect((await tried(nothing, () => from(address), 30)).of('AUTH_FAILED')).toBe(30);
    expect((await tried(route, () => ({}), 30)).of('AUTH_FAILED')).toBe(30);
    expect((await tried(route, () => from(address), 10)).of('AUTH_FAILED')).toBe(10);
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0:0:ffff::2', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
  ])('are those of a network in IPv6: %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
