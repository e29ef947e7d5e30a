import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newApiToken } from '../../src/auth/api-tokens.ts';
import { signingKey } from '../../src/auth/tokens.ts';
import { type Env, lobbyOf } from '../../src/env.ts';
import worker from '../../src/index.ts';
import { makeApi } from '../../src/routes/api.ts';
import { ROUTE_RULES, type Route } from '../../src/routes/rules.ts';
import { call, dialAs, enrol, memberBody, memberToken, newTeam, ORIGIN, sign } from '../front.ts';
import { assertionOf, newHostId } from './host.ts';

/** As the platform's limiter, and as long as this is refused nothing is asked. */
const MOST = 20;
const TRIES = 60;

let addresses = 0;
const newAddress = () => {
  addresses += 1;
  return `203.0.113.${addresses}`;
};

/** The Worker, and what it asks of its objects and of D1. */
function spied() {
  const asked: string[] = [];
  const objects = (name: 'ROOMS' | 'LOBBIES' | 'LINES'): DurableObjectNamespace => {
    const real = env[name];
    const get = (id: DurableObjectId) => {
      asked.push(name);
      return real.get(id);
    };
    return new Proxy(real, {
      get: (target, key) => {
        if (key === 'get') return get;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const DB = new Proxy(env.DB, {
    get: (target, key) => {
      asked.push('DB');
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const bindings: Env = {
    ...env,
    ROOMS: objects('ROOMS'),
    LOBBIES: objects('LOBBIES'),
    LINES: objects('LINES'),
    DB,
  };
  const send = (request: Request) =>
    worker.fetch(request, bindings, createExecutionContext()) as Promise<Response>;
  return { asked, send };
}

interface Attempt {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

const UPGRADE = { upgrade: 'websocket', 'sec-websocket-protocol': 'muster.v1' };
const BAD = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';

function requestOf({ method = 'GET', path, headers, body }: Attempt, team: string, address: string): Request {
  const url = new URL(path, ORIGIN);
  url.searchParams.set('team', team);
  return new Request(url, {
    method,
    headers: { 'cf-connecting-ip': address, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Something that passes the schema of each route's body and opens nothing. */
const SIGNED = {
  ...{ id: 'AA', rawId: 'AA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA', userHandle: 'AA' },
};
const KEY = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };

type Open = { [R in Route]: (typeof ROUTE_RULES)[R]['least'] extends 'anyone' ? R : never }[Route];
/** What a stranger may send to each route that is open to anyone: a route without a row is a failure of the types. */
const OPEN: Readonly<Record<Open, object | null>> = {
  'GET /api/health': null,
  'GET /api/ready': null,
  'GET /api/openapi.json': null,
  'GET /api/docs': null,
  'POST /api/auth/exchange': { code: BAD },
  'POST /api/auth/refresh': {},
  'POST /api/auth/signout': {},
  'POST /api/auth/passkey': { signed: SIGNED },
  'POST /api/auth/passkey/options': {},
  'GET /api/auth/issuers': null,
  'POST /api/auth/issuer': { returned: '?code=made-up&state=made-up' },
  'POST /api/auth/issuer/options': { issuer: 'https://login.example' },
  'POST /api/auth/accept': { code: BAD },
  'POST /api/hosts': { token: BAD, name: 'box', publicKey: KEY },
};
const routeOf = (route: string, body: object | null, headers: Record<string, string> = {}): Attempt => {
  const [method = '', path = ''] = route.split(' ');
  return {
    method,
    path: path.replaceAll(/:\w+/g, 'x'),
    headers,
    ...(body === null ? {} : { body }),
  };
};
const COOKIES = { cookie: `__Host-muster-refresh=${BAD}; __Host-muster-access=${BAD}`, origin: ORIGIN };

/** Every path of a socket, as the Worker routes it. */
const SOCKETS = makeApi(() => new Response())
  .routes.filter(({ path, method }) => path.startsWith('/ws') && method === 'GET')
  .map(({ path }) => path.replaceAll(/:\w+/g, 'x'));

/** Every way in with what no signature vouches for: nothing of it may cause a call, over the limit or not. */
const FORGED: readonly (readonly [string, Attempt])[] = [
  ...Object.entries(OPEN).flatMap(([route, body]) => [
    [`${route} with nothing`, routeOf(route, body)] as const,
    [`${route} with bad cookies`, routeOf(route, body, COOKIES)] as const,
    [`${route} with a bad token`, routeOf(route, body, { authorization: `Bearer ${BAD}` })] as const,
  ]),
  ...Object.entries(ROUTE_RULES).flatMap(([route, { least }]) =>
    least === 'anyone'
      ? []
      : [BAD, `mst_${'0'.repeat(16)}_${'A'.repeat(54)}`, 'nonsense'].map(
          (token) =>
            [
              `${route} with ${token.slice(0, 8)}`,
              routeOf(route, null, { authorization: `Bearer ${token}` }),
            ] as const,
        ),
  ),
  ...SOCKETS.flatMap((path) =>
    [BAD, 'nonsense'].flatMap((token) => [
      [
        `${path} with a bad token`,
        { path, headers: { ...UPGRADE, authorization: `Bearer ${token}` } },
      ] as const,
      [`${path} with a bad query`, { path: `${path}?token=${token}`, headers: UPGRADE }] as const,
      [
        `${path} of a plain client`,
        { path: `${path}?token=${token}`, headers: { upgrade: 'websocket' } },
      ] as const,
    ]),
  ),
];
const asksDatabase = (what: string) => what.startsWith('GET /api/ready');

beforeEach(() => {
  // A period of the limit is a minute, and a busy machine is slow.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('[X14] nobody unknown reaches an object', () => {
  it('by anything that no signature vouches for', async () => {
    const { asked, send } = spied();
    const team = newTeam();
    for (const [what, attempt] of FORGED) {
      asked.length = 0;
      const response = await send(requestOf(attempt, team, newAddress()));
      response.webSocket?.accept();
      expect(
        asked.filter((name) => !(name === 'DB' && asksDatabase(what))),
        what,
      ).toEqual([]);
    }
  });

  it('by naming a team that there is not, whatever else is brought', async () => {
    const { asked, send } = spied();
    const invented = `invented-${crypto.randomUUID()}` as TeamId;
    const tokens = {
      access: await sign('access', { ...memberBody(invented), sid: 's' }),
      assertion: await assertionOf(newHostId(), `${ORIGIN}/ws/runner`),
    };
    const ways = [
      ...FORGED.map(([, attempt]) => attempt),
      ...SOCKETS.flatMap((path): Attempt[] => [
        { path, headers: UPGRADE },
        { path, headers: { upgrade: 'websocket' } },
        { path, headers: { ...UPGRADE, authorization: `Bearer ${tokens.access}` } },
        { path, headers: { ...UPGRADE, authorization: `Bearer ${tokens.assertion}` } },
      ]),
      { path: '/api/agents', headers: { authorization: `Bearer ${tokens.access}` } },
    ];
    for (const attempt of ways) {
      const response = await send(requestOf(attempt, invented, newAddress()));
      response.webSocket?.accept();
      if (!attempt.path.startsWith('/api/ready')) expect(asked.filter((name) => name !== 'DB')).toEqual([]);
    }
  });

  it('over the limit of their address, by any way in, not even by what was signed once', async () => {
    const { asked, send } = spied();
    const team = newTeam();
    const body = { ...memberBody(team), sid: 'ended' };
    const { token } = await newApiToken(signingKey(env.MUSTER_KEY), team, Date.now() + 1e6);
    const hostId = newHostId();
    const ways: Record<string, () => Promise<Attempt>> = {
      ...Object.fromEntries(FORGED.map(([what, attempt]) => [what, async () => attempt])),
      ...Object.fromEntries(
        SOCKETS.map((path) => [`${path} with nothing`, async () => ({ path, headers: UPGRADE })]),
      ),
      ...Object.fromEntries(
        SOCKETS.map((path) => [
          `${path} of a plain client with nothing`,
          async () => ({ path, headers: { upgrade: 'websocket' } }),
        ]),
      ),
      exchange: async () =>
        routeOf('POST /api/auth/exchange', { code: await sign('login', memberBody(team)) }),
      accept: async () =>
        routeOf('POST /api/auth/accept', { code: await sign('invite', { sub: 'i', team }) }),
      enrol: async () =>
        routeOf('POST /api/hosts', {
          ...{ name: 'box', publicKey: KEY },
          token: await sign('enrol', { sub: memberBody(team).sub, team }),
        }),
      refresh: async () =>
        routeOf(
          'POST /api/auth/refresh',
          {},
          {
            cookie: `__Host-muster-refresh=${await sign('refresh', body)}`,
            origin: ORIGIN,
          },
        ),
      'an API token': async () => routeOf('GET /api/agents', null, { authorization: `Bearer ${token}` }),
      'an API token at a socket': async () => ({
        path: '/ws/dashboard',
        headers: { ...UPGRADE, authorization: `Bearer ${token}` },
      }),
      'a host': async () => ({
        path: '/ws/runner',
        headers: {
          ...UPGRADE,
          authorization: `Bearer ${await assertionOf(hostId, `${ORIGIN}/ws/runner`)}`,
        },
      }),
    };
    const address = newAddress();
    for (let spent = 0; spent <= MOST; spent += 1)
      await send(
        requestOf(routeOf('GET /api/agents', null, { authorization: `Bearer ${BAD}` }), team, address),
      );
    for (const [what, way] of Object.entries(ways)) {
      asked.length = 0;
      const response = await send(requestOf(await way(), team, address));
      response.webSocket?.accept();
      expect(
        asked.filter((name) => !(name === 'DB' && asksDatabase(what))),
        what,
      ).toEqual([]);
    }
  });

  /** What was signed for somebody who is nobody any more: only the lobby can tell, and it is asked seldom. */
  const STALE: Readonly<Record<string, (team: TeamId) => Promise<Attempt>>> = {
    'forged assertions of hosts': async () => {
      const token = await assertionOf(newHostId(), `${ORIGIN}/ws/runner`);
      return { path: '/ws/runner', headers: { ...UPGRADE, authorization: `Bearer ${token}` } };
    },
    'forged assertions of keepers': async () => {
      const path = '/ws/keepers/00000000-0000-4000-8000-000000000001';
      const token = await assertionOf(newHostId(), `${ORIGIN}${path}`);
      return { path, headers: { ...UPGRADE, authorization: `Bearer ${token}` } };
    },
    'API tokens that were deleted': async (team) => {
      const { token } = await newApiToken(signingKey(env.MUSTER_KEY), team, Date.now() + 1e6);
      return routeOf('GET /api/agents', null, { authorization: `Bearer ${token}` });
    },
    'sessions that have ended': async (team) => {
      const token = await sign('access', { ...memberBody(team), sid: 'ended' });
      return routeOf('GET /api/agents', null, { authorization: `Bearer ${token}` });
    },
    'sessions that have ended, by cookie': async (team) => {
      const token = await sign('access', { ...memberBody(team), sid: 'ended' });
      return routeOf('GET /api/agents', null, { cookie: `__Host-muster-access=${token}`, origin: ORIGIN });
    },
    'refresh tokens of sessions that have ended': async (team) => {
      const cookie = `__Host-muster-refresh=${await sign('refresh', { ...memberBody(team), sid: 'ended' })}`;
      return routeOf('POST /api/auth/refresh', {}, { cookie, origin: ORIGIN });
    },
    'signing out of sessions that have ended': async (team) => {
      const cookie = `__Host-muster-refresh=${await sign('refresh', { ...memberBody(team), sid: 'ended' })}`;
      return routeOf('POST /api/auth/signout', {}, { cookie, origin: ORIGIN });
    },
    'invitations that were taken back': async (team) =>
      routeOf('POST /api/auth/accept', { code: await sign('invite', { sub: 'gone', team }) }),
    'enrolments by somebody who may not': async (team) => {
      await memberToken(team, 'viewer');
      const token = await sign('enrol', { sub: memberBody(team).sub, team });
      return routeOf('POST /api/hosts', { token, name: 'box', publicKey: KEY });
    },
    'sockets without a token': async () => ({ path: '/ws/dashboard', headers: UPGRADE }),
    'plain sockets without a token': async () => ({
      path: '/ws/dashboard',
      headers: { upgrade: 'websocket' },
    }),
  };
  it.each(Object.entries(STALE))('but %s at most as often as may fail', async (_what, make) => {
    const { asked, send } = spied();
    const team = newTeam();
    const address = newAddress();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const response = await send(requestOf(await make(team), team, address));
      response.webSocket?.accept();
    }
    expect(asked.length).toBeLessThanOrEqual(2 * MOST);
    asked.length = 0;
    const last = await send(requestOf(await make(team), team, address));
    last.webSocket?.accept();
    expect(asked).toEqual([]);
  });

  it.each(Object.entries(STALE))('and %s no more where all come at once', async (_what, make) => {
    const { asked, send } = spied();
    const team = newTeam();
    const address = newAddress();
    const requests = await Promise.all(Array.from({ length: TRIES }, () => make(team)));
    const all = await Promise.all(requests.map((attempt) => send(requestOf(attempt, team, address))));
    for (const response of all) response.webSocket?.accept();
    expect(asked.length).toBeLessThanOrEqual(2 * MOST);
  });
});

describe('[X14] a known host is not a stranger', () => {
  const dial = (token: string, address: string, ticket?: string): Attempt => ({
    path: '/ws/runner',
    headers: {
      ...UPGRADE,
      'cf-connecting-ip': address,
      authorization: `Bearer ${token}`,
      ...(ticket === undefined ? {} : { 'muster-ticket': ticket }),
    },
  });

  it('a hundred keepers of one host that dial at once are all let in, with a ticket and without (0.1.0)', async () => {
    const { send } = spied();
    const team = newTeam();
    const hostId = newHostId();
    expect(await enrol(team, hostId)).toBeNull();
    const address = newAddress();
    const all = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const token = await assertionOf(hostId, `${ORIGIN}/ws/runner`);
        const response = await send(requestOf(dial(token, address), team, address));
        response.webSocket?.accept();
        return response.headers.get('muster-ticket');
      }),
    );
    expect(all.every((ticket) => ticket !== null)).toBe(true);
  });

  it('and is let in with its ticket from an address over its limit, where a stranger is not', async () => {
    const team = newTeam();
    const hostId = newHostId();
    const address = newAddress();
    expect(await enrol(team, hostId)).toBeNull();
    const first = await dialAs(hostId, '/ws/runner', team);
    first.accept();
    const { send, asked } = spied();
    const answer = async (ticket?: string, by = hostId) => {
      const token = await assertionOf(hostId, `${ORIGIN}/ws/runner`, Date.now(), { signer: by });
      const response = await send(requestOf(dial(token, address, ticket), team, address));
      response.webSocket?.accept();
      return response.headers.get('muster-ticket');
    };
    const ticket = await answer();
    if (ticket === null) throw new Error('no ticket');
    const spend = () =>
      send(requestOf(routeOf('GET /api/agents', null, { authorization: `Bearer ${BAD}` }), team, address));
    for (let spent = 0; spent <= MOST; spent += 1) await spend();
    // A ticket that is fresh is not given again.
    asked.length = 0;
    expect(await answer(ticket)).toBeNull();
    expect(asked).toContain('LOBBIES');
    asked.length = 0;
    // It is nothing without the key, and nobody else's.
    await answer(ticket, newHostId());
    const other = newHostId();
    const stranger = await assertionOf(other, `${ORIGIN}/ws/runner`);
    await send(requestOf(dial(stranger, address, ticket), team, address));
    expect(asked).toEqual([]);
  });
});

it('[X14] a lobby that a wrong call woke stores nothing', async () => {
  const team = newTeam();
  const lobby = lobbyOf(env, team);
  expect(await lobby.hostKey(newHostId())).toBeNull();
  expect(
    await lobby.people('passkey', { id: 'x', right: { code: 'c', expiresAt: Date.now() + 1e6 } }),
  ).toBeNull();
  const ask = { kind: 'session', memberId: memberBody(team).sub, sid: 's' } as const;
  expect((await lobby.people('standing', ask)).ok).toBe(false);
  const code = { id: 'c', expiresAt: Date.now() + 1e6, maker: memberBody(team).sub, host: newHostId() };
  expect(await lobby.enrol({ hostId: newHostId(), name: 'x', publicKey: 'y' }, code)).not.toBeNull();
  expect((await lobby.usage()).rowsWritten).toBe(0);
  const { tables } = await tablesOf(team);
  expect(tables).toEqual([]);
  // The first real act makes them.
  await memberToken(team);
  expect((await call('GET', '/api/agents', { team, token: await memberToken(team) })).status).toBe(200);
});

async function tablesOf(team: TeamId) {
  return runInDurableObject(env.LOBBIES.get(env.LOBBIES.idFromName(team)), (_, { storage }) => ({
    tables: storage.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray()
      .map(({ name }) => name),
  }));
}
