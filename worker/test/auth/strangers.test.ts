import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newApiToken } from '../../src/auth/api-tokens.ts';
import { signingKey } from '../../src/auth/tokens.ts';
import { memberBody, memberToken, newTeam, ORIGIN, sign } from '../front.ts';
import { assertionOf, newHostId } from './host.ts';
import {
  type Attempt,
  asksDatabase,
  BAD,
  FORGED,
  KEY,
  MOST,
  newAddress,
  requestOf,
  routeOf,
  SOCKETS,
  spied,
  TRIES,
  UPGRADE,
} from './strangers-rig.ts';

beforeEach(() => {
  // A period of the limit is a minute, and a busy machine is slow.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('[X14] an unknown caller reaches no object', () => {
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
