import { evictDurableObject, SELF } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type HostId, MemberIdSchema, type TeamId, type WireError } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { CONNECTION_RATE } from '../../src/team-lobby/core/budgets.ts';
import { assertionOf, newHostId } from '../auth/host.ts';
import { call, dial, lobbyStub, memberToken, newTeam, ORIGIN, open, Viewer } from '../front.ts';
import { agent } from '../poll/rig.ts';

const ADA = MemberIdSchema.parse('ada');
/** What one waits for the next connection, ms. */
const WAIT = 1_000 / CONNECTION_RATE.perSecond;

/** Stops the clock that the Worker and its objects share. */
const at = (now: number) => vi.useFakeTimers({ toFake: ['Date'], now });
afterEach(() => {
  vi.useRealTimers();
});

interface Scene {
  readonly team: TeamId;
  readonly token: string;
  readonly hostId: HostId;
  readonly agentUid: string;
}
/** Opens one more connection: null, or why there is none. */
type Door = (scene: Scene) => Promise<Pick<WireError, 'code' | 'details'> | null>;

/** Of who is told on the socket itself. */
async function told(socket: Viewer): Promise<Awaited<ReturnType<Door>>> {
  const entered = socket.next('connection:ack').then(() => null);
  const refused = socket.next('error').then(async (error) => {
    expect(await socket.end()).toEqual({ code: 1013, reason: error.code });
    return error;
  });
  return Promise.race([entered, refused]);
}

async function plain(team: TeamId, token?: string): Promise<Viewer> {
  const headers = {
    upgrade: 'websocket',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const { webSocket } = await SELF.fetch(`${ORIGIN}/ws/dashboard?team=${team}`, { headers });
  if (webSocket === null) throw new Error('no socket');
  return new Viewer(webSocket);
}

/** A host is told in the answer to its handshake. */
async function ofHost({ team, hostId }: Scene, path: string): Promise<Awaited<ReturnType<Door>>> {
  const response = await SELF.fetch(`${ORIGIN}${path}?team=${team}`, {
    headers: {
      upgrade: 'websocket',
      'sec-websocket-protocol': 'muster.v1',
      authorization: `Bearer ${await assertionOf(hostId, `${ORIGIN}${path}`)}`,
    },
  });
  if (response.webSocket === null) return told429(response);
  response.webSocket.accept();
  return null;
}

async function told429(response: Response): Promise<WireError> {
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('1');
  const { error }: { error: WireError } = await response.json();
  return error;
}

const MEMBERS: Readonly<Record<string, Door>> = {
  'at the lobby': async ({ team, token }) => told(await dial('/ws/dashboard', { team, token })),
  'at a room': async ({ team, token }) => told(await dial('/ws/agents/one', { team, token })),
  'with a token in its address': async ({ team, token }) =>
    told(await dial('/ws/dashboard', { team, query: `token=${token}` })),
  'at the lobby, with a token in a message': async ({ team, token }) => {
    const viewer = await dial('/ws/dashboard', { team });
    viewer.send({ type: 'auth', payload: { token } });
    return told(viewer);
  },
  'at a room, with a token in a message': async ({ team, token }) => {
    const viewer = await dial('/ws/agents/one', { team });
    viewer.send({ type: 'auth', payload: { token } });
    return told(viewer);
  },
  'of a plain client': async ({ team, token }) => told(await plain(team, token)),
  'of a plain client, with a token in a message': async ({ team, token }) => {
    const viewer = await plain(team);
    viewer.raw(JSON.stringify({ type: 'auth', payload: { token } }));
    return told(viewer);
  },
  'as a polled line': async ({ team, token }) => {
    const response = await call('GET', `/api/events?line=${crypto.randomUUID()}&wait=0`, { team, token });
    return response.ok ? null : told429(response);
  },
};
const HOSTS: Readonly<Record<string, Door>> = {
  'of a runner': (scene) => ofHost(scene, '/ws/runner'),
  'of a keeper': (scene) => ofHost(scene, `/ws/keepers/${scene.agentUid}`),
};

async function scene(): Promise<Scene> {
  const team = newTeam();
  const { token, hostId, agentUid } = await agent(team);
  return { team, token, hostId, agentUid };
}

/** Opens all that this one may: how many that were. */
async function used({ team, hostId }: Scene, kind: 'member' | 'host'): Promise<number> {
  const who = kind === 'member' ? ({ kind, id: ADA } as const) : ({ kind, id: hostId } as const);
  let opened = 0;
  while ((await lobbyOf(env, team).connects(who)) === null) opened += 1;
  return opened;
}

const refused = { code: 'RATE_LIMIT', details: { retryAfter: WAIT } };

describe('[L] connections of one', () => {
  const doors = [
    ...Object.entries(MEMBERS).map(([door, opens]) => ['member', door, opens] as const),
    ...Object.entries(HOSTS).map(([door, opens]) => ['host', door, opens] as const),
  ];

  it.each(doors)(
    '%s %s: waiting retryAfter succeeds, 10 ms less fails; also across an eviction',
    async (kind, _door, opens) => {
      const now = Date.now();
      at(now);
      const here = await scene();
      await used(here, kind);
      expect(await opens(here)).toMatchObject(refused);
      await evictDurableObject(lobbyStub(here.team));
      expect(await opens(here)).toMatchObject(refused);
      at(now + WAIT - 10);
      await evictDurableObject(lobbyStub(here.team));
      expect(await opens(here)).toMatchObject({ ...refused, details: { retryAfter: 10 } });
      at(now + WAIT);
      expect(await opens(here)).toBeNull();
      expect(await opens(here)).toMatchObject(refused);
    },
  );

  it('are separate for each member, and apart from those of hosts', async () => {
    const here = await scene();
    await used(here, 'member');
    const bo = await memberToken(here.team, 'viewer', Date.now(), 'bo');
    expect(await told(await dial('/ws/dashboard', { team: here.team, token: bo }))).toBeNull();
    expect(await ofHost(here, '/ws/runner')).toBeNull();
  });

  it('are not used up by refused sign-ins, nor by requests and renewals', async () => {
    at(Date.now());
    const here = await scene();
    const { team, token, hostId } = here;
    const viewer = await dial('/ws/dashboard', { team, token });
    await viewer.next('host:list');
    await call('GET', '/api/agents', { team, token });
    await viewer.ask({ type: 'auth:refresh', payload: { token } });
    const ends = async (socket: Promise<WebSocket>) => (await new Viewer(await socket).end()).code;
    expect(await ends(open('/ws/dashboard', { team, token: `${token}x` }))).toBe(4401);
    const forged = await assertionOf(hostId, `${ORIGIN}/ws/runner`, Date.now(), { signer: newHostId() });
    expect(await ends(open('/ws/runner', { team, token: forged }))).toBe(4401);
    expect(await used(here, 'member')).toBe(CONNECTION_RATE.burst - 1);
    // Its runner and its keeper have dialled.
    expect(await used(here, 'host')).toBe(CONNECTION_RATE.burst - 2);
  });
});
