import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type AgentLimit, type AuditRow, type CommandRow, type HostSummary, LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { lobbyOf, roomOf } from '../../../src/env.ts';
import { historyIn } from '../../../src/history/write.ts';
import { ROUTES } from '../../../src/http/routes.ts';
import type { Browser } from '../../browser.ts';
import { dial, lobbyStub, type Viewer } from '../../front.ts';
import { NOW, Steps } from '../../history/rig.ts';
import { atLobby, atRoom, BODIES, codeOf, create, json, namesOf, room, team } from './limits-rig.ts';

describe('[X5] a member who is limited to some agents', () => {
  it('sees those, and no other has a route', async () => {
    const { bo } = await team();
    expect(namesOf(await json(bo.ask('GET', '/api/agents')))).toEqual(['one']);
    const routes = Object.keys(ROUTES).filter((route) => route.includes(':agentId'));
    expect(routes.length).toBeGreaterThan(10);
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const body = BODIES[route];
      const options = body === undefined ? {} : { body };
      const response = await bo.ask(method, path.replace(':agentId', 'two'), options);
      const code = route.endsWith('/usage') ? 'INSUFFICIENT_PERMISSIONS' : 'AGENT_NOT_FOUND';
      expect([route, await codeOf(response)]).toEqual([route, code]);
    }
    const message = { type: 'agent:pause', payload: { agentId: 'two' } };
    expect(await codeOf(await bo.ask('POST', '/api/messages', { body: message }))).toBe('AGENT_NOT_FOUND');
    const cancel = await bo.ask('POST', '/api/commands/two.x/cancel');
    expect(await codeOf(cancel)).toBe('COMMAND_NOT_FOUND');
  });

  it('receives only those from the lobby, also when agents are made and deleted', async () => {
    const { name, ada, bo, host } = await team();
    const [all, some] = [await atLobby(name, ada.token), await atLobby(name, bo.token)];
    await create(ada, host, 'Three', { team: 'web' });
    await create(ada, host, 'Four', { team: 'api' });
    for (const agentId of ['two', 'three'])
      expect((await ada.ask('DELETE', `/api/agents/${agentId}`)).status).toBe(200);
    const heard = (viewer: Viewer) =>
      viewer.inbox.flatMap(({ type, payload }) =>
        type === 'agent:created' || type === 'agent:deleted' ? [`${type} ${payload.agentId}`] : [],
      );
    await all.ask({ type: 'subscribe:agent', payload: {} });
    await some.ask({ type: 'subscribe:agent', payload: {} });
    expect(heard(all)).toHaveLength(4);
    expect(heard(some)).toEqual(['agent:created three', 'agent:deleted three']);
    const lists = some.inbox.flatMap(({ type, payload }) =>
      type === 'agent:list' ? [namesOf(payload)] : [],
    );
    expect(new Set(lists.flat())).toEqual(new Set(['one', 'three']));
    const statuses = some.inbox.flatMap(({ type, payload }) =>
      type === 'agent:status' ? [payload.agentId] : [],
    );
    expect(statuses).not.toContain('four');
    const ask = async (message: Parameters<Viewer['ask']>[0]) => (await some.ask(message)).error?.code;
    const two = { agentId: 'four' as never };
    expect(await ask({ type: 'subscribe:agent', payload: two })).toBe('AGENT_NOT_FOUND');
    expect(await ask({ type: 'agent:update', payload: two })).toBe('AGENT_NOT_FOUND');
    expect(await ask({ type: 'agent:delete', payload: two })).toBe('AGENT_NOT_FOUND');
    expect(await ask({ type: 'agent:start', payload: two })).toBe('AGENT_NOT_FOUND');
  });

  it('sees how many visible agents a host has, and nothing of the others', async () => {
    const { name, ada, bo, host } = await team();
    const count = async (who: Browser) =>
      (await json<{ hosts: HostSummary[] }>(who.ask('GET', '/api/hosts'))).hosts.map(({ agents }) => agents);
    expect([await count(ada), await count(bo)]).toEqual([[2], [1]]);
    const some = await dial('/ws/dashboard', { team: name, token: bo.token });
    expect((await some.next('host:list')).hosts).toMatchObject([{ agents: 1 }]);
    // X24: of this one they hear nothing.
    await create(ada, host, 'Three', { team: 'api' });
    await create(ada, host, 'Four', { team: 'web' });
    expect((await some.next('host:list')).hosts).toMatchObject([{ agents: 2 }]);
    expect((await ada.ask('PATCH', '/api/agents/four', { body: { labels: {} } })).status).toBe(200);
    expect((await some.next('host:list')).hosts).toMatchObject([{ agents: 1 }]);
  });

  it('cannot create or change an agent so that they would not see it', async () => {
    const { bo, host } = await team();
    const wanted = { name: 'Five', labels: { team: 'api' } };
    expect(await codeOf(await bo.ask('POST', '/api/agents', { body: wanted }))).toBe(
      'INSUFFICIENT_PERMISSIONS',
    );
    const away = { labels: { team: 'api' } };
    expect(await codeOf(await bo.ask('PATCH', '/api/agents/one', { body: away }))).toBe(
      'INSUFFICIENT_PERMISSIONS',
    );
    await create(bo, host, 'Five', { team: 'web' });
    // X24: of a name of which they see only some they are given one with an ending of chance.
    const [five, one] = namesOf(await json(bo.ask('GET', '/api/agents')));
    expect([five?.slice(0, -6), one]).toEqual(['five-', 'one']);
  });

  it('comes into the rooms of those alone, by handshake and by message', async () => {
    const { name, bo, two } = await team();
    const in1 = await atRoom(name, 'one', bo.token);
    await in1.next('agent:state');
    expect(await (await atRoom(name, 'two', bo.token)).end()).toMatchObject({ code: 4404 });
    const later = await dial('/ws/agents/two', { team: name });
    later.send({ type: 'auth', payload: { token: bo.token } }, 'a');
    expect(await later.next('error')).toMatchObject({ code: 'AGENT_NOT_FOUND' });
    expect(await later.end()).toMatchObject({ code: 4404 });
    expect(later.inbox.map(({ type }) => type)).not.toContain('agent:state');
    // The room itself checks, whatever sent the member there.
    const claims = {
      kind: 'member',
      team: name,
      member: 'bo' as never,
      name: 'Bo',
      role: 'admin',
      agents: [{ labels: { team: 'web' } }],
      sid: 's',
      revision: 99,
      expiresAt: Date.now() + 60_000,
    } as const;
    const state = { type: 'agent:get_state', payload: { agentId: 'two' as never } } as const;
    const ack = await roomOf(env, name, two).request({ ...claims, agents: [...claims.agents] }, state, 'r');
    expect(ack).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
  });

  it.each([
    ['awake', false],
    ['asleep', true],
  ])('loses what a new limit leaves out, at once, objects %s', async (_how, asleep) => {
    const { name, ada, bo, one, two } = await team({ names: ['one', 'two'] });
    const [lobby, in1, in2] = [
      await atLobby(name, bo.token),
      await atRoom(name, 'one', bo.token),
      await atRoom(name, 'two', bo.token),
    ];
    for (const viewer of [in1, in2]) await viewer.next('agent:state');
    if (asleep) {
      await evictDurableObject(lobbyStub(name));
      for (const uid of [one, two]) await evictDurableObject(room(name, uid));
    }
    await ada.ask('PATCH', '/api/members/bo', { body: { agents: { names: ['two'] } } });
    expect(await in1.end()).toMatchObject({ code: 4404 });
    expect(namesOf(await lobby.next('agent:list'))).toEqual(['two']);
    expect((await in2.ask({ type: 'agent:get_state', payload: { agentId: 'two' as never } })).success).toBe(
      true,
    );
  });

  it('loses an agent whose labels change, and no other does', async () => {
    const { name, ada, bo } = await team();
    const [his, hers] = [await atRoom(name, 'one', bo.token), await atRoom(name, 'one', ada.token)];
    for (const viewer of [his, hers]) await viewer.next('agent:state');
    const labels = { team: 'api' };
    expect((await ada.ask('PATCH', '/api/agents/one', { body: { labels } })).status).toBe(200);
    expect(await his.end()).toMatchObject({ code: 4404 });
    expect(hers.closed).toBeNull();
    expect(namesOf(await json(bo.ask('GET', '/api/agents')))).toEqual([]);
  });

  it('[L] has limits that fit a socket’s attachment, with those of a token and all subscriptions', async () => {
    const { name, ada, bo } = await team();
    const tooLong = { names: Array.from({ length: LIMITS.limitNames }, (_, n) => `${n}`.padEnd(100, 'x')) };
    const count = Math.floor((LIMITS.limitBytes - 20) / 103);
    const longest = { names: ['one', ...tooLong.names.slice(0, count)] };
    const wish = { name: 'n'.repeat(100), role: 'operator', agents: longest, expiresIn: 60_000 };
    const { token } = await json<{ token: string }>(bo.ask('POST', '/api/tokens', { body: wish }));
    const [lobby, in1] = [await atLobby(name, token), await atRoom(name, 'one', token)];
    await in1.next('agent:state');
    for (let n = 0; n < 100; n += 1) await lobby.ask({ type: 'subscribe:agent', payload: {} });
    const limit = (agents: AgentLimit) => ada.ask('PATCH', '/api/members/bo', { body: { agents } });
    expect(await codeOf(await limit(tooLong))).toBe('INVALID_MESSAGE');
    expect((await limit(longest)).status).toBe(200);
    expect(namesOf(await lobby.next('agent:list'))).toEqual(['one']);
    expect([lobby.closed, in1.closed]).toEqual([null, null]);
  });

  it('finds those alone in history and audit', async () => {
    const { name, bo, ada, one, two } = await team({ labels: { team: 'web' }, names: ['gone'] });
    const past = [
      ['one', 'one.x', one],
      ['two', 'two.x', two],
      ['gone', 'gone.x', crypto.randomUUID()],
      // Who bore the name before: its labels are nobody's to know.
      ['one', 'one.before', crypto.randomUUID()],
    ] as const;
    for (const [agentId, commandId, uid] of past) {
      const steps = new Steps(uid).ran(commandId, 'npm test', 0, NOW, 'all well');
      await historyIn(env.DB).write({ ...steps.batch(name), agentId });
    }
    const commands = async (who: Browser, query = '') => {
      const found = await json<{ commands: CommandRow[] }>(who.ask('GET', `/api/history/commands?${query}`));
      return found.commands.map(({ agentId }) => agentId).sort();
    };
    expect(await commands(ada)).toEqual(['gone', 'one', 'one', 'two']);
    expect(await commands(bo)).toEqual(['gone', 'one']);
    expect(await commands(bo, 'agent=two')).toEqual([]);
    expect(await commands(bo, 'agent=one&text=npm')).toEqual(['one']);
    const search = await json<{ matches: { command: CommandRow }[] }>(
      bo.ask('GET', '/api/history/search?text=well'),
    );
    expect(search.matches.map(({ command }) => command.agentId).sort()).toEqual(['gone', 'one']);
    const events = await json<{ events: { agentId: string; agentUid: string }[] }>(
      bo.ask('GET', '/api/history/events'),
    );
    expect(new Set(events.events.map(({ agentUid }) => agentUid)).size).toBe(2);
    expect(new Set(events.events.map(({ agentId }) => agentId))).toEqual(new Set(['gone', 'one']));
    for (const [id, code] of [
      ['two.x', 404],
      ['one.before', 404],
      ['gone.x', 200],
    ] as const) {
      expect((await bo.ask('GET', `/api/commands/${id}`)).status).toBe(code);
      expect((await bo.ask('GET', `/api/commands/${id}/output`)).status).toBe(code);
    }
    await ada.ask('GET', '/api/audit/verify');
    const audit = await json<{ entries: AuditRow[] }>(bo.ask('GET', '/api/audit'));
    expect(audit.entries.map(({ action, agentId }) => `${action} ${agentId}`)).toEqual(['agent:create one']);
    const agents = await json<{ agents: { agentId: string }[] }>(bo.ask('GET', '/api/history/agents'));
    expect(agents.agents.every(({ agentId }) => agentId !== 'two')).toBe(true);
  });

  it('finds nothing where nothing is visible to them', async () => {
    const { name, bo } = await team({ names: [] });
    const steps = new Steps(crypto.randomUUID()).ran('one.x', 'npm test', 0, NOW, 'all well');
    await historyIn(env.DB).write(steps.batch(name));
    for (const path of ['/api/history/commands', '/api/history/search?text=npm', '/api/history/events'])
      expect(Object.values(await json<Record<string, unknown>>(bo.ask('GET', path)))).toContainEqual([]);
    expect(await lobbyOf(env, name).agents([{ names: [] }])).toEqual([]);
  });
});
