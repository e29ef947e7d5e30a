import { SELF } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ErrorCode, TeamId } from '@muster/protocol';
import { base64url, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { signingKey, signToken } from '../../src/auth/tokens.ts';
import { Browser } from '../browser.ts';
import { call, dial, memberBody, memberToken, newTeam, ORIGIN, Viewer } from '../front.ts';
import { agent, Poller } from '../poll/rig.ts';

const HOUR = 3_600_000;
/** X4, M13: after which nothing of somebody is open any more, ms. */
const GONE_WITHIN = 5_000;
const KEY = signingKey(env.MUSTER_KEY);

let team: TeamId;
beforeAll(async () => {
  team = newTeam();
  await agent(team);
});

const body = () => ({ ...memberBody(team), sid: 'session-ada' });
const seconds = () => Math.floor(Date.now() / 1000);

/** Right in everything but what `change` does to it. */
function forged(change: (jwt: SignJWT) => SignJWT, header: { alg?: string; typ?: string } = {}): SignJWT {
  const jwt = new SignJWT({ ...body() })
    .setProtectedHeader({ alg: 'HS256', typ: 'access+jwt', ...header })
    .setIssuer('muster')
    .setAudience('muster:api')
    .setIssuedAt(seconds())
    .setNotBefore(seconds())
    .setExpirationTime(seconds() + 60)
    .setJti('j');
  return change(jwt);
}
const same = (jwt: SignJWT) => jwt;
const ours = async (jwt: SignJWT) => jwt.sign(KEY);

const TOKENS: Readonly<Record<string, { readonly make: () => Promise<string>; readonly code?: ErrorCode }>> =
  {
    'without an algorithm': {
      make: async () =>
        new UnsecuredJWT({ ...body(), jti: 'j' })
          .setIssuer('muster')
          .setAudience('muster:api')
          .setIssuedAt(seconds())
          .setNotBefore(seconds())
          .setExpirationTime(seconds() + 60)
          .encode(),
    },
    'whose header says none': { make: () => swapped('none') },
    'whose header says RS256, signed by our secret': { make: () => swapped('RS256') },
    'signed by a pair of keys of its own': {
      make: async () => forged(same, { alg: 'RS256' }).sign((await generateKeyPair('RS256')).privateKey),
    },
    'signed by another secret': { make: () => forged(same).sign(new Uint8Array(32).fill(9)) },
    'for another audience': { make: () => ours(forged((jwt) => jwt.setAudience('muster:refresh'))) },
    'of another issuer': { make: () => ours(forged((jwt) => jwt.setIssuer('https://other.example'))) },
    'of another type': { make: () => ours(forged(same, { typ: 'JWT' })) },
    'that buys tokens': { make: async () => (await signToken(KEY, 'refresh', body(), Date.now())).token },
    'that has expired': {
      make: async () => (await signToken(KEY, 'access', body(), Date.now() - 2 * HOUR)).token,
      code: 'TOKEN_EXPIRED',
    },
    'of another team': { make: () => memberToken(newTeam()) },
    'of a sign-in that has ended': {
      make: async () => (await signToken(KEY, 'access', { ...body(), sid: 'ended' }, Date.now())).token,
    },
    'that is none': { make: async () => 'made-up' },
  };

/** Our own signature under another header. */
async function swapped(alg: string): Promise<string> {
  const [, payload, signature] = (await ours(forged(same))).split('.');
  return `${base64url.encode(JSON.stringify({ alg, typ: 'access+jwt' }))}.${payload}.${signature}`;
}

/** A plain client (G1). */
async function plain(token?: string): Promise<Viewer> {
  const headers = {
    upgrade: 'websocket',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const { webSocket } = await SELF.fetch(`${ORIGIN}/ws/dashboard?team=${team}`, { headers });
  if (webSocket === null) throw new Error('no socket');
  return new Viewer(webSocket);
}

/** Who is refused hears why, and is closed. */
async function told(socket: Viewer): Promise<string> {
  const entered = socket.next('connection:ack').then(() => 'in');
  const refused = socket.next('error').then(async ({ code }) => {
    expect((await socket.end()).code).toBe(4401);
    return code;
  });
  return Promise.race([entered, refused]);
}
const bring = (socket: Viewer, token: string) => {
  socket.raw(JSON.stringify({ type: 'auth', payload: { token } }));
  return told(socket);
};
async function answered(response: Response): Promise<string> {
  if (response.ok) return 'in';
  expect(response.status).toBe(401);
  return ((await response.json()) as { error: { code: string } }).error.code;
}

type Door = (token: string) => Promise<string>;
const cookies = (token: string) => ({ cookie: `__Host-muster-access=${token}`, origin: ORIGIN });
const DOORS: Readonly<Record<string, Door>> = {
  lobby: async (token) => told(await dial('/ws/dashboard', { team, token })),
  room: async (token) => told(await dial('/ws/agents/one', { team, token })),
  'an address': async (token) => told(await dial('/ws/dashboard', { team, query: `token=${token}` })),
  'a cookie': async (token) => told(await dial('/ws/dashboard', { team, headers: cookies(token) })),
  'a message to the lobby': async (token) => bring(await dial('/ws/dashboard', { team }), token),
  'a message to the room': async (token) => bring(await dial('/ws/agents/one', { team }), token),
  'a plain client': async (token) => told(await plain(token)),
  'a message of a plain client': async (token) => bring(await plain(), token),
  REST: async (token) => answered(await call('GET', '/api/agents', { team, token })),
  'REST by cookie': async (token) =>
    answered(await call('GET', '/api/agents', { team, headers: cookies(token) })),
  'a poll': async (token) => answered(await call('GET', '/api/agents/one/events?wait=0', { team, token })),
  'a message over REST': async (token) => {
    const message = { type: 'agent:get_state', payload: { agentId: 'one' } };
    return answered(await call('POST', '/api/messages', { team, token, body: message }));
  },
};
const isPlain = (door: string) => door.includes('plain');

describe('[X2] battery 11: a token', () => {
  it('that is valid is accepted on every path', async () => {
    for (const [door, opens] of Object.entries(DOORS))
      expect(await opens(await ours(forged(same))), door).toBe('in');
  });

  it.each(Object.entries(TOKENS))('%s opens none', async (_what, { make, code = 'AUTH_FAILED' }) => {
    // Seed 004 has one word for all of them.
    for (const [door, opens] of Object.entries(DOORS))
      expect(await opens(await make()), door).toBe(isPlain(door) ? 'AUTH_FAILED' : code);
  });
});

const SOCKETS: Readonly<Record<string, (token: string) => Promise<Viewer>>> = {
  'at the lobby': (token) => dial('/ws/dashboard', { team, token }),
  'at a room': (token) => dial('/ws/agents/one', { team, token }),
  'of a plain client': plain,
};

describe('[M11] battery 11: a socket', () => {
  it.each(Object.entries(SOCKETS))(
    '%s is renewed by no other subject, and by nothing that opens no door',
    async (_where, opens) => {
      const socket = await opens(await memberToken(team));
      await socket.next('connection:ack');
      const others = await Promise.all(Object.values(TOKENS).map(({ make }) => make()));
      for (const token of [await memberToken(team, 'admin', Date.now(), 'eve'), ...others]) {
        const { success, error } = await socket.ask({ type: 'auth:refresh', payload: { token } });
        expect([success, error?.code]).toEqual([
          false,
          expect.stringMatching(/^(AUTH_FAILED|TOKEN_EXPIRED)$/),
        ]);
      }
      const renewed = await socket.ask({ type: 'auth:refresh', payload: { token: await memberToken(team) } });
      expect(renewed.success).toBe(true);
    },
  );
});

describe('[M13] battery 11: a token that is revoked', () => {
  it.each([
    ['by the end of its sign-in', (bo: Browser) => bo.ask('DELETE', '/api/auth/sessions')],
    [
      'with its member',
      async (_bo: Browser) => (await new Browser(team).signIn('ada')).ask('DELETE', '/api/members/bo'),
    ],
  ])('%s closes every door it had opened, within 5 s', async (_how, revoke) => {
    // Whoever was removed stays out: each time somebody else's team.
    team = newTeam();
    await agent(team);
    const bo = await new Browser(team).signIn('bo', 'operator');
    const open = await Promise.all(Object.values(SOCKETS).map((opens) => opens(bo.token)));
    for (const socket of open) await socket.next('connection:ack');
    const poller = new Poller('/api/agents/one/events', { team, token: bo.token });
    await poller.until(() => poller.of('agent:state'));
    const began = Date.now();
    expect((await revoke(bo)).status).toBe(204);
    for (const socket of open) expect((await socket.end()).code).toBe(4401);
    expect(await answered(await poller.ask())).toBe('AUTH_FAILED');
    expect(Date.now() - began).toBeLessThan(GONE_WITHIN);
    for (const [door, opens] of Object.entries(DOORS))
      expect(await opens(bo.token), door).toBe('AUTH_FAILED');
  });
});
