import { evictDurableObject, listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ApiToken, AuditRow, Role, TeamId } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Browser } from '../browser.ts';
import { pass } from '../clock.ts';
import { call, dial, lobbyStub, newTeam, type Viewer, withMembers } from '../front.ts';
import { agent, Poller } from '../poll/rig.ts';

afterEach(() => {
  vi.useRealTimers();
});

const HOUR = 3_600_000;
type Made = ApiToken & { readonly token: string };
const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;
const codeOf = async (response: Response) => {
  const { error } = await json<{ error?: { code: string } }>(response);
  return error?.code ?? response.status;
};

const make = (browser: Browser, role: Role, over: object = {}) =>
  json<Made>(
    browser.ask('POST', '/api/tokens', { body: { name: 'ci', role, expiresIn: 7 * 24 * HOUR, ...over } }),
  );
const me = (team: TeamId, token: string) => call('GET', '/api/auth/me', { team, token });
const exists = async (team: TeamId) => {
  const id = env.LOBBIES.idFromName(team);
  return (await listDurableObjectIds(env.LOBBIES)).some((one) => one.equals(id));
};

async function atLobby(team: TeamId, options: { token?: string; query?: string }): Promise<Viewer> {
  const viewer = await dial('/ws/dashboard', { team, ...options });
  await viewer.next('host:list');
  return viewer;
}

describe('[X5] an API token', () => {
  it('is accepted wherever a member’s own token is, but as a cookie', async () => {
    const team = newTeam();
    await agent(team);
    const ada = await new Browser(team).signIn();
    const { token, ...made } = await make(ada, 'operator');
    expect(made).toMatchObject({ name: 'ci', role: 'operator', createdBy: 'ada', usedAt: null });
    expect(token).toMatch(/^mst_[0-9a-f]{16}_[0-9a-z]{6,9}_[\w-]{54}$/);
    expect(await json(me(team, token))).toMatchObject({
      member: { id: 'ada', name: 'Ada (ci)', role: 'operator' },
      expiresAt: made.expiresAt,
    });
    await atLobby(team, { token });
    await atLobby(team, { query: `token=${token}` });
    const later = await dial('/ws/agents/one', { team });
    expect(await later.ask({ type: 'auth', payload: { token } })).toMatchObject({ success: true });
    const poller = new Poller('/api/agents/one/events', { team, token });
    await poller.until(() => poller.of('agent:state'));
    const cookie = `__Host-muster-access=${token}`;
    expect((await call('GET', '/api/auth/me', { team, headers: { cookie } })).status).toBe(401);
    // What its role does not let it do, it may not.
    expect((await call('GET', '/api/members', { team, token })).status).toBe(403);
  });

  it('[G5] reaches no line of its maker’s, which has the maker’s own rights', async () => {
    const team = newTeam();
    await agent(team);
    const ada = await new Browser(team).signIn();
    const { token } = await make(ada, 'viewer', { agents: { names: [] } });
    const poller = new Poller('/api/events', { team, token: ada.token });
    await poller.until(() => poller.of('agent:list'));
    const remove = { type: 'agent:delete', payload: { agentId: 'one' } };
    const said = await call('POST', `/api/messages?line=${poller.line}`, { team, token, body: remove });
    expect(await codeOf(said)).toBe('INVALID_STATE');
    const heard = await call('GET', `/api/events?line=${poller.line}&got=0&wait=0`, { team, token });
    expect(new TextDecoder().decode(await heard.arrayBuffer())).not.toContain('"agentId":"one"');
    await call('DELETE', `/api/events?line=${poller.line}`, { team, token });
    expect((await poller.send({ type: 'ping', payload: { timestamp: 1 } })).status).toBe(204);
  });

  it('is shown once, and stored without its secret', async () => {
    const ada = await new Browser(newTeam()).signIn();
    const { token, ...made } = await make(ada, 'viewer');
    const listed = await (await ada.ask('GET', '/api/tokens')).text();
    expect(JSON.parse(listed)).toEqual({ tokens: [made] });
    const rows = await withMembers(ada.team, (store) => store.tokens.all());
    for (const text of [listed, JSON.stringify(rows)]) expect(text).not.toContain(token.slice(21));
  });

  it('[G3] that was made up, changed or made for another team wakes no object', async () => {
    const ada = await new Browser(newTeam()).signIn();
    const { token } = await make(ada, 'viewer');
    const team = newTeam();
    const swapped = token.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of [token, `${token.slice(0, -54)}${'A'.repeat(54)}`, 'mst_', `${token}x`])
      expect((await me(team, wrong)).status).toBe(401);
    expect(await exists(team)).toBe(false);
    for (const wrong of [`${token.slice(0, -1)}${swapped}`, token.replace('mst_', 'mst-')])
      expect((await me(ada.team, wrong)).status).toBe(401);
    expect((await me(ada.team, token)).status).toBe(200);
  });

  it('ends when it was made to', async () => {
    const ada = await new Browser(newTeam()).signIn();
    const { token } = await make(ada, 'viewer', { expiresIn: HOUR });
    pass(HOUR - 1_000);
    expect((await me(ada.team, token)).status).toBe(200);
    pass(1_000);
    expect((await me(ada.team, token)).status).toBe(401);
  });

  it('may at most what its maker may, now', async () => {
    const team = newTeam();
    const ada = await new Browser(team).signIn();
    const bo = await new Browser(team).signIn('bo', 'operator');
    const more = { name: 'x', role: 'admin', expiresIn: HOUR };
    expect(await codeOf(await bo.ask('POST', '/api/tokens', { body: more }))).toBe(
      'INSUFFICIENT_PERMISSIONS',
    );
    const limit = { names: ['one', 'two'] };
    const { token } = await make(bo, 'operator', { agents: limit });
    const socket = await atLobby(team, { token });
    const roleNow = async () => json<{ member: { role: Role }; agents: object[] }>(me(team, token));
    const cancel = { type: 'agent:delete', payload: { agentId: 'none' as never } } as const;
    const may = async () => (await socket.ask(cancel)).error?.code !== 'INSUFFICIENT_PERMISSIONS';
    expect(await roleNow()).toMatchObject({ member: { role: 'operator' }, agents: [limit] });
    await ada.ask('PATCH', '/api/members/bo', { body: { role: 'viewer', agents: { names: ['one'] } } });
    expect(await roleNow()).toMatchObject({
      member: { role: 'viewer' },
      agents: [{ names: ['one'] }, limit],
    });
    await ada.ask('PATCH', '/api/members/bo', { body: { role: 'admin' } });
    // Its maker may more than it was made for.
    expect([await may(), (await roleNow()).member.role]).toEqual([false, 'operator']);
    await ada.ask('DELETE', '/api/members/bo');
    expect(await socket.end()).toMatchObject({ code: 4401 });
    expect((await me(team, token)).status).toBe(401);
  });

  it.each([
    ['awake', false],
    ['asleep', true],
  ])('that is deleted closes its sockets, in lobby and room, objects %s', async (_how, asleep) => {
    const team = newTeam();
    const { room } = await agent(team);
    const ada = await new Browser(team).signIn();
    const [{ token, id }, other] = [await make(ada, 'operator'), await make(ada, 'operator')];
    const [lobby, left] = [await atLobby(team, { token }), await atLobby(team, { token: other.token })];
    const inRoom = await dial('/ws/agents/one', { team, token });
    await inRoom.next('agent:state');
    if (asleep) {
      await evictDurableObject(lobbyStub(team));
      await evictDurableObject(room as unknown as DurableObjectStub);
    }
    expect((await ada.ask('DELETE', `/api/tokens/${id}`)).status).toBe(204);
    for (const gone of [lobby, inRoom]) expect(await gone.end()).toMatchObject({ code: 4401 });
    expect((await me(team, token)).status).toBe(401);
    expect((await ada.ask('DELETE', `/api/tokens/${id}`)).status).toBe(404);
    expect([left.closed, (await me(team, other.token)).status]).toEqual([null, 200]);
  });

  it('makes no other, lists none, and ends no sessions', async () => {
    const ada = await new Browser(newTeam()).signIn();
    const { token } = await make(ada, 'admin');
    const { team } = ada;
    const body = { name: 'child', role: 'viewer', expiresIn: HOUR };
    for (const [method, path] of [
      ['POST', '/api/tokens'],
      ['GET', '/api/tokens'],
      ['GET', '/api/auth/sessions'],
      ['DELETE', '/api/auth/sessions'],
    ] as const)
      expect(
        (await call(method, path, { team, token, body: method === 'POST' ? body : undefined })).status,
      ).toBe(403);
    // An admin's is an admin's for all else.
    const made = await call('POST', '/api/members', { team, token, body: { name: 'Cy', role: 'viewer' } });
    expect(made.status).toBe(201);
  });

  it('is its maker’s own: another sees and deletes it only as an admin', async () => {
    const team = newTeam();
    const ada = await new Browser(team).signIn();
    const [bo, cy] = [
      await new Browser(team).signIn('bo', 'operator'),
      await new Browser(team).signIn('cy', 'operator'),
    ];
    const { id, token } = await make(bo, 'viewer');
    expect(await json(cy.ask('GET', '/api/tokens'))).toEqual({ tokens: [] });
    expect((await cy.ask('DELETE', `/api/tokens/${id}`)).status).toBe(404);
    expect(await json(ada.ask('GET', '/api/tokens'))).toMatchObject({ tokens: [{ id, createdBy: 'bo' }] });
    expect((await ada.ask('DELETE', `/api/tokens/${id}`)).status).toBe(204);
    expect((await me(team, token)).status).toBe(401);
    await ada.ask('GET', '/api/audit/verify');
    const { entries } = await json<{ entries: AuditRow[] }>(ada.ask('GET', '/api/audit'));
    expect(entries.slice(0, 2).map(({ action, target, details }) => [action, target, details])).toEqual([
      ['token:delete', id, 'ci, of bo'],
      ['token:create', id, expect.stringContaining('"role":"viewer"')],
    ]);
  });
});
