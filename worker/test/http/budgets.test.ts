import { env } from 'cloudflare:workers';
import type { TeamId, ViewerMessage, ViewerType } from '@muster/protocol';
import { VIEWER_MESSAGES } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../src/agent-room/core/limits.ts';
import type { MemberClaims } from '../../src/auth/claims.ts';
import { lobbyOf, roomOf } from '../../src/env.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import type { Rate } from '../../src/socket/bucket.ts';
import { SOCKET } from '../../src/socket/limits.ts';
import { WRITE_RATES } from '../../src/socket/write-rate-limiter.ts';
import { MEMBER_BUDGETS } from '../../src/team-lobby/core/budgets.ts';
import { memberClaims } from '../agent-room/dial.ts';
import { Browser } from '../browser.ts';
import { call, dial, memberToken, newTeam, place } from '../front.ts';
import { agent } from '../poll/rig.ts';

/** Rows of one act at most: what it does, its place in the record, what is remembered of it, the alarm. */
const ROWS_EACH = 12;
const FLOOD = 8;
/** Rows that a room writes by itself meanwhile: what history is told of a new agent, and its alarm. */
const OWN_ROWS = 8;

/** A team with an agent that somebody watches, and others that nobody does. */
async function team(others: number) {
  const name = newTeam();
  const { host, token, agentUid } = await agent(name);
  const uids = [agentUid];
  for (let nth = 0; nth < others; nth += 1) {
    const asked = call('POST', '/api/agents', { team: name, token, body: { name: `Other ${nth}` } });
    const { spec } = await place(host);
    await asked;
    uids.push(spec.agentUid);
  }
  const rooms = uids.map((uid) => roomOf(env, name, uid));
  const rows = () => Promise.all(rooms.map(async (room) => (await room.usage()).rowsWritten));
  const lobbyRows = async () => (await lobbyOf(env, name).usage()).rowsWritten;
  return { name, token, rooms, rows, lobbyRows };
}

const D1Rows = async (name: TeamId) =>
  (await env.DB.prepare('SELECT count(*) AS n FROM audit WHERE team = ?').bind(name).first<{ n: number }>())
    ?.n ?? 0;

const BODIES: Partial<Record<Route, object>> = {
  'POST /api/members': { name: 'x', role: 'viewer', agents: null, email: null },
  'POST /api/invitations': { name: 'x', role: 'viewer', agents: null, email: null },
  'POST /api/tokens': { name: 'x', role: 'viewer', expiresIn: 60_000 },
  'PATCH /api/members/:id': { name: 'y' },
};

/** What a budget lets through since then. */
const allowed = ({ burst, perSecond }: Rate, since: number) =>
  burst + Math.ceil((perSecond * (Date.now() - since)) / 1_000);

/** A flood of others' acts writes nothing into them. */
function expectFew(before: readonly number[], after: readonly number[]): void {
  for (const [at, rows] of after.entries()) expect(rows - (before[at] ?? 0)).toBeLessThanOrEqual(OWN_ROWS);
}

describe('[X18] every write has a budget of its author’s', () => {
  const people = (Object.keys(ROUTES) as Route[]).filter((route) => ROUTES[route].bucket === 'people');

  it('routes that write about people, tokens and hosts: bounded rows in the lobby, none in rooms, few in D1', async () => {
    expect(people.length).toBeGreaterThan(10);
    const { name, rows, lobbyRows } = await team(2);
    const ada = await new Browser(name).signIn('owner');
    const before = await rows();
    const lobbyBefore = await lobbyRows();
    const began = Date.now();
    const answers: number[] = [];
    for (const route of people) {
      if (route === 'DELETE /api/auth/sessions') continue;
      const [method = '', path = ''] = route.split(' ');
      for (let nth = 0; nth < FLOOD; nth += 1) {
        const body = BODIES[route];
        const to = path.replace(/:\w+/, 'none');
        const { status } = await ada.ask(method, to, body === undefined ? {} : { body });
        answers.push(status);
      }
    }
    const most = allowed(MEMBER_BUDGETS.people.rate, began);
    const done = answers.filter((status) => status !== 429).length;
    expect(done).toBeGreaterThanOrEqual(MEMBER_BUDGETS.people.rate.burst);
    expect(done).toBeLessThanOrEqual(most);
    expectFew(before, await rows());
    expect((await lobbyRows()) - lobbyBefore).toBeLessThanOrEqual(most * ROWS_EACH);
    await call('GET', '/api/audit/verify', { team: name, token: ada.token });
    expect(await D1Rows(name)).toBeLessThanOrEqual(most + 30);
  });

  it('a viewer’s tokens that nobody used, and those that were used elsewhere, write into no room', async () => {
    const { name, rows } = await team(2);
    const eve = await new Browser(name).signIn('eve', 'viewer');
    const watched = await dial('/ws/agents/one', { team: name, token: eve.token });
    await watched.next('agent:state');
    const before = await rows();
    let ended = 0;
    for (let nth = 0; nth < 2 * MEMBER_BUDGETS.people.rate.burst; nth += 1) {
      const made = await newToken(eve);
      if (made === null) break;
      if (nth % 2 === 0) await call('GET', '/api/agents', { team: name, token: made.token });
      if ((await eve.ask('DELETE', `/api/tokens/${made.id}`)).ok) ended += 1;
    }
    expect(ended).toBeGreaterThan(20);
    expectFew(before, await rows());
    expect(watched.closed).toBeNull();
  });

  it('a token that was used in one room writes there alone when it is deleted, however many agents there are', async () => {
    const { name, rows } = await team(3);
    const eve = await new Browser(name).signIn('eve', 'viewer');
    const made = await newToken(eve);
    if (made === null) throw new Error('no token');
    const socket = await dial('/ws/agents/one', { team: name, token: made.token });
    await socket.next('agent:state');
    const before = await rows();
    await eve.ask('DELETE', `/api/tokens/${made.id}`);
    expect(await socket.end()).toMatchObject({ code: 4401 });
    const after = await rows();
    expectFew(before, after);
  });

  const acts = (Object.keys(VIEWER_MESSAGES) as ViewerType[]).filter((type) => VIEWER_MESSAGES[type].writes);
  const PAYLOAD = {
    ...{ agentId: 'one', commandId: 'one.1', command: 'ls', position: 1, signal: 'SIGINT' },
    ...{ cols: 80, rows: 24, clientId: 'c', name: 'One' },
    ...{ conversationId: 'one.c1', permissionId: 'one.p1', digest: 'a'.repeat(64), optionId: 'once' },
    ...{ messageId: 'm', content: 'Hello', title: 'T', configId: 'mode', value: 'plan', methodId: 'key' },
    action: 'decline',
    rules: [],
  };

  /** Nothing is made or deleted by it. */
  const atLobby = (type: ViewerType) =>
    ({
      type,
      payload: type === 'agent:create' ? PAYLOAD : { ...PAYLOAD, agentId: 'none' },
    }) as unknown as ViewerMessage;

  it('messages that write, by calls and sockets: bounded rows in the room and the lobby', async () => {
    const { name, rooms, rows, lobbyRows } = await team(0);
    const [room] = rooms;
    if (room === undefined) throw new Error('no room');
    const token = await memberToken(name, 'admin', Date.now(), 'eve');
    const sockets = [
      await dial('/ws/agents/one', { team: name, token }),
      await dial('/ws/dashboard', { team: name, token }),
    ];
    const began = Date.now();
    const claims = {
      ...memberClaims('admin', Date.now() + 60_000),
      team: name,
      member: 'eve',
      sid: 'session-eve',
    };
    const [roomBefore = 0] = await rows();
    const lobbyBefore = await lobbyRows();
    // Orders to the keeper wait for its answer: nobody waits for them here.
    const waiting: unknown[] = [];
    for (let nth = 0; nth < FLOOD; nth += 1)
      for (const type of acts) {
        const message = { type, payload: PAYLOAD } as unknown as ViewerMessage;
        waiting.push(room.request(claims as MemberClaims, message, `r-${type}-${nth}`).catch(() => null));
        waiting.push(
          lobbyOf(env, name)
            .request(claims as MemberClaims, atLobby(type), `l-${type}-${nth}`)
            .catch(() => null),
        );
      }
    // Few enough that the ping behind them is not refused for their number.
    const rounds = Math.floor(SOCKET.burst / 2 / acts.length);
    for (const socket of sockets) {
      for (let nth = 0; nth < rounds; nth += 1) for (const type of acts) socket.send(atLobby(type));
      socket.send({ type: 'ping', payload: {} }, 'last');
      await socket.next('pong');
    }
    const { act, resize } = WRITE_RATES;
    const most = allowed(act, began) + allowed(resize, began) + allowed(ROOM_LIMITS.memberCommands, began);
    const [roomAfter = 0] = await rows();
    expect(roomAfter - roomBefore).toBeLessThanOrEqual(most * ROWS_EACH);
    expect((await lobbyRows()) - lobbyBefore).toBeLessThanOrEqual(most * ROWS_EACH);
    await room.bury((await room.state())?.agent.agentUid ?? ('' as never));
    await Promise.all(waiting);
  }, 60_000);
});

/** One more token of theirs; null: that is over their budget. */
async function newToken(who: Browser): Promise<{ readonly id: string; readonly token: string } | null> {
  const body = { name: 'x', role: 'viewer', expiresIn: 60_000 };
  const response = await who.ask('POST', '/api/tokens', { body });
  return response.status === 201 ? await response.json() : null;
}
