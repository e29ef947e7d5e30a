import { env } from 'cloudflare:workers';
import { type ErrorCode, errorRow, KIB, ROLES, type Role, VIEWER_MESSAGES } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { makeApi } from '../../src/http/api.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import type { RouteRow } from '../../src/http/schemas/types.ts';
import { assertionOf, newHostId } from '../auth/host.ts';
import { call, hello, memberBody, memberToken, newTeam, ORIGIN, place, sign, withMembers } from '../front.ts';

const routes = Object.keys(ROUTES) as Route[];

// X5, X18: a row that forgets its limit, or writes without one, does not compile.
// @ts-expect-error
({ least: 'viewer', writes: false, summary: '' }) satisfies RouteRow;
// @ts-expect-error
({ least: 'viewer', writes: true, bucket: 'read', summary: '' }) satisfies RouteRow;

/** Asks for a route as somebody; the answer's error code, if any. */
async function codeOf(route: Route, team: ReturnType<typeof newTeam>, token?: string) {
  const [method = '', path = ''] = route.split(' ');
  const options = token === undefined ? { team } : { team, token };
  const body = method === 'GET' ? {} : { body: {} };
  const response = await call(method, path.replace(/:\w+/, 'nobody'), { ...options, ...body });
  const json = response.headers.get('content-type')?.startsWith('application/json') === true;
  const answer = json ? ((await response.json()) as { error?: { code: string } }) : {};
  return answer.error?.code ?? 'ok';
}

/** An admin of one agent, who shall not reach others by what is of the whole team. */
async function limitedAdmin(team: ReturnType<typeof newTeam>): Promise<string> {
  const token = await memberToken(team, 'admin', Date.now(), 'lim');
  await withMembers(team, (store) => {
    const row = store.members.get('lim');
    if (row !== null) store.members.put({ ...row, agents: { names: ['one'] } });
  });
  return token;
}

describe('[X5] battery 12: every role, every route, by the one table', () => {
  it('every route under /api stands in the table', () => {
    const made = makeApi(() => new Response()).routes.filter(({ method }) => method !== 'ALL');
    const api = made.map(({ method, path }) => `${method} ${path}`).filter((one) => one.includes(' /api/'));
    expect(new Set(api)).toEqual(new Set(routes));
  });

  it.each(routes.filter((route) => ROUTES[route].least !== 'anyone'))('%s', async (route) => {
    const team = newTeam();
    const ofTeam = ROUTES[route].least === 'admin of every agent';
    const least = ofTeam ? 'admin' : (ROUTES[route].least as Role);
    for (const role of ROLES) {
      const code = await codeOf(route, team, await memberToken(team, role));
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least);
      expect(code === 'INSUFFICIENT_PERMISSIONS', `${role}: ${code}`).toBe(!allowed);
      expect(code).not.toBe('AUTH_FAILED');
    }
    const limited = await codeOf(route, team, await limitedAdmin(team));
    expect(limited === 'INSUFFICIENT_PERMISSIONS', `a limited admin: ${limited}`).toBe(ofTeam);
    expect(await codeOf(route, team)).toBe('AUTH_FAILED');
    for (const kind of ['host', 'refresh', 'login', 'enrol'] as const) {
      const member = { ...memberBody(team), sid: 's' };
      const token =
        kind === 'host' ? await assertionOf(newHostId(), `${ORIGIN}/ws/runner`) : await sign(kind, member);
      expect(await codeOf(route, team, token), kind).toBe('AUTH_FAILED');
    }
  });
});

describe('the API', () => {
  it('[A5] says that it is ready, and which schema its database has', async () => {
    const response = await call('GET', '/api/ready');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ready',
      protocol: '1.0.0',
      database: { schema: 6 },
    });
  });

  it('[A5] says that it is not, when the database does not answer, and asks it seldom', async () => {
    let asked = 0;
    const first = () => {
      asked += 1;
      return Promise.reject(new Error('gone'));
    };
    const broken = { ...env, DB: { prepare: () => ({ first }) } };
    const api = makeApi(() => new Response());
    for (let times = 0; times < 50; times += 1) {
      const response = await api.request('/api/ready', {}, broken);
      expect(response.status).toBe(503);
      const settings = [expect.stringMatching(/^DB: .*database_id/)];
      expect(await response.json()).toMatchObject({
        status: 'not ready',
        database: { schema: null },
        settings,
      });
    }
    expect(asked).toBe(1);
    expect((await api.request('/api/health', {}, broken)).status).toBe(200);
  });

  it.each<[string, unknown, ErrorCode, number]>([
    ['no JSON', '{', 'INVALID_MESSAGE', 400],
    ['a list', [], 'INVALID_MESSAGE', 400],
    ['nothing of what is needed', {}, 'INVALID_MESSAGE', 400],
    ['more than 1 MiB', `"${'x'.repeat(1_048_576)}"`, 'MESSAGE_TOO_LARGE', 413],
  ])('a body of %s is %s', async (_what, body, code, status) => {
    const team = newTeam();
    const response = await call('POST', '/api/agents', { team, token: await memberToken(team), body });
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code, number: errorRow(code).number });
    expect(Object.keys(error).every((key) => ['code', 'number', 'message', 'details'].includes(key))).toBe(
      true,
    );
  });

  it('[S13] reads no more of a body without a length than it accepts', async () => {
    let sent = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      sent += 1;
      if (sent > 64) controller.close();
      else controller.enqueue(new Uint8Array(KIB * KIB).fill(32));
    };
    const body = new ReadableStream({ pull });
    const request = new Request(`${ORIGIN}/api/auth/exchange`, { method: 'POST', body });
    const response = await makeApi(() => new Response()).request(request, {}, env);
    expect(await response.json()).toMatchObject({ error: { code: 'MESSAGE_TOO_LARGE' } });
    expect(sent).toBeLessThan(5);
  });

  it('an invalid name is an unknown agent', async () => {
    const team = newTeam();
    const token = await memberToken(team);
    for (const name of ['__proto__', 'UPPER', '..%2fx', 'x'.repeat(101)]) {
      for (const [method, path] of [
        ['GET', `/api/agents/${name}`],
        ['DELETE', `/api/agents/${name}`],
        ['POST', `/api/agents/${name}/start`],
      ] as const) {
        const response = await call(method, path, { team, token });
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
      }
    }
  });

  it('[I1] an Idempotency-Key has at most 128 characters', async () => {
    const team = newTeam();
    const headers = { 'idempotency-key': 'x'.repeat(129) };
    const body = { name: 'One' };
    const response = await call('POST', '/api/agents', {
      team,
      token: await memberToken(team),
      headers,
      body,
    });
    expect(response.status).toBe(400);
  });

  it('a path that asks for a socket answers others with 426, and hosts must speak muster.v1', async () => {
    for (const path of ['/ws', '/ws/dashboard', '/ws/agents/x', '/ws/runner', '/ws/keepers/x'])
      expect((await call('GET', path)).status).toBe(426);
    for (const path of ['/ws/runner', '/ws/keepers/x'])
      expect((await call('GET', path, { headers: { upgrade: 'websocket' } })).status).toBe(400);
  });

  it('hands what is said to an agent to its room, every action of it', async () => {
    const team = newTeam();
    const token = await memberToken(team);
    const { host } = await hello(team);
    const asked = call('POST', '/api/agents', { team, token, body: { name: 'One', kind: 'echo' } });
    await place(host);
    await asked;
    const bodies: Record<string, unknown> = { input: { data: 'x' }, signal: { signal: 'SIGINT' } };
    const actions = routes.filter((one) => one.startsWith('POST /api/agents/:agentId/'));
    for (const route of actions.filter((one) => !/\/(?:commands|conversations)$/.test(one))) {
      const action = route.split('/').at(-1) ?? '';
      const body = action === 'resize' ? { cols: 80, rows: 24 } : bodies[action];
      const path = `/api/agents/one/${action}`;
      const response = await call('POST', path, { team, token, ...(body === undefined ? {} : { body }) });
      // No keeper is there: the room itself says so.
      expect([action, await response.json()]).toMatchObject([action, { error: { code: 'AGENT_OFFLINE' } }]);
      expect(Object.hasOwn(VIEWER_MESSAGES, `agent:${action}`)).toBe(true);
    }
    const wrong = await call('POST', '/api/agents/one/resize', { team, token, body: { cols: 0, rows: 1 } });
    expect(await wrong.json()).toMatchObject({ error: { details: { field: 'cols' } } });
  });
});
