import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type AgentSpec, PermissionIdSchema, type RequestHead, type TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { requestOf } from '../agent-room/core/conversations-rig.ts';
import { E1, event, opened } from '../agent-room/core/rig.ts';
import { KeeperLine } from '../agent-room/dial.ts';
import { newHostId } from '../auth/host.ts';
import { call, dial, dialAs, hello, lobbyStub, memberToken, newTeam, place, type Viewer } from '../front.ts';
import { Poller } from '../poll/rig.ts';
import { create } from './agents-rig.ts';
import { factsWithAcp, headOf, summary } from './core/rig.ts';
import { atLobby, team as limitedTeam } from './identity/limits-rig.ts';

const ACP = { kind: 'acp', model: 'claude', program: undefined } as const;
/** Above whatever the room itself has reported. */
const NEWEST = Number.MAX_SAFE_INTEGER - 1_000;
let reports = 0;

/** As the agent's room does. */
function report(name: TeamId, { agentUid }: Pick<AgentSpec, 'agentUid'>, requests: RequestHead[]) {
  reports += 1;
  const pendingPermissions = requests.length;
  return lobbyOf(env, name).report({
    agentUid,
    generation: 1,
    summaryRevision: NEWEST + reports,
    summary: summary({ pendingPermissions }),
    requests,
  });
}

/** A team with a host that knows conversations, and a dashboard that does. */
async function team() {
  const name = newTeam();
  const { host, hostId } = await hello(name, newHostId(), [], factsWithAcp());
  await host.next('lobby:welcome');
  const token = await memberToken(name);
  const newer = await dial('/ws/dashboard', { team: name, token, query: 'features=acp' });
  const older = await dial('/ws/dashboard', { team: name, token });
  return { team: name, token, host, hostId, newer, older };
}

async function made() {
  const all = await team();
  const asked = all.newer.ask(create(ACP));
  const { spec } = await place(all.host);
  expect(await asked).toMatchObject({ success: true, result: { agentId: 'one' } });
  return { ...all, spec };
}

/** The kinds of agents in the lists and changes that came. */
const kindsTold = ({ inbox }: Viewer) =>
  new Set(
    inbox.flatMap((message) => {
      if (message.type === 'agent:list') return message.payload.agents.map(({ kind }) => kind);
      return message.type === 'agent:status' ? [message.payload.agent.kind] : [];
    }),
  );

const pending = async (name: TeamId, token: string, query = '') => {
  const response = await call('GET', `/api/permissions${query}`, { team: name, token });
  const body = (await response.json()) as {
    permissions: (RequestHead & { state: string })[];
    next: number | null;
  };
  return { status: response.status, ...body };
};

describe('an agent of the kind acp', () => {
  it('[C4] is placed with its adapter, and each client is told the kind that it knows', async () => {
    const { team: name, token, newer, older, spec } = await made();
    expect(spec).toMatchObject({
      kind: 'acp',
      program: { command: 'claude-agent-acp' },
      restart: 'on-failure',
    });
    for (const viewer of [newer, older]) {
      viewer.raw(JSON.stringify({ type: 'ping', payload: {} }));
      await viewer.next('pong');
    }
    expect(kindsTold(newer)).toEqual(new Set(['acp']));
    expect(kindsTold(older)).toEqual(new Set(['process']));
    const rest = await call('GET', '/api/agents', { team: name, token });
    expect(await rest.json()).toMatchObject({ agents: [{ kind: 'acp' }] });
    const hosts = await call('GET', '/api/hosts', { team: name, token });
    expect(await hosts.json()).toMatchObject({ hosts: [{ kinds: factsWithAcp().kinds }] });
  });

  it('[C4] is created over REST; a host with an older runner is refused, and the answer says what to do', async () => {
    const { team: name, token, host } = await team();
    const { hostId } = await hello(name);
    const post = (over: object) =>
      call('POST', '/api/agents', { team: name, token, body: { name: 'One', kind: 'acp', ...over } });
    const refused = await post({ model: 'codex', hostId });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      error: { code: 'AGENT_SPAWN_FAILED', message: expect.stringContaining('Upgrade the runner on') },
    });
    const nothing = await post({});
    expect(nothing.status).toBe(400);
    expect(await nothing.json()).toMatchObject({
      error: { message: expect.stringContaining('claude, codex') },
    });
    const created = post({ model: 'codex' });
    await place(host);
    expect((await created).status).toBe(201);
  });
});

describe('the inbox', () => {
  it('[C7] is reported, listed, answered and gone, and survives an eviction in between', async () => {
    const { team: name, token, newer, spec } = await made();
    await report(name, spec, [headOf(), headOf({ number: 2 })]);
    for (const number of [2, 1])
      expect(await newer.next('inbox:changed')).toEqual({
        permissionId: `one.p${number}`,
        request: headOf({ number }),
      });
    await evictDurableObject(lobbyStub(name));
    const again = await dial('/ws/dashboard', { team: name, token, query: 'features=acp' });
    await again.next('host:list');
    expect((await again.next('inbox:list')).requests).toEqual([headOf({ number: 2 }), headOf()]);
    expect(await pending(name, token)).toMatchObject({
      permissions: [{ permissionId: 'one.p2', state: 'pending' }, { permissionId: 'one.p1' }],
      next: null,
    });
    await report(name, spec, [headOf({ number: 2 })]);
    // The socket that was there before the eviction, too.
    for (const viewer of [newer, again])
      expect(await viewer.next('inbox:changed')).toEqual({ permissionId: 'one.p1', request: null });
    await evictDurableObject(lobbyStub(name));
    expect((await pending(name, token)).permissions.map(({ permissionId }) => permissionId)).toEqual([
      'one.p2',
    ]);
    await report(name, spec, []);
    expect((await pending(name, token)).permissions).toEqual([]);
  });

  it('[C4] is nothing that a client hears of which does not say that it knows conversations', async () => {
    const { team: name, newer, older, spec } = await made();
    await report(name, spec, [headOf()]);
    await newer.next('inbox:changed');
    older.raw(JSON.stringify({ type: 'ping', payload: { timestamp: 7 } }));
    await older.next('pong');
    expect(older.inbox.filter(({ type }) => type.startsWith('inbox:'))).toEqual([]);
  });

  it('[C3] [C7] has what the room of an agent reports, until somebody answers there, evictions or not', async () => {
    const { team: name, token, newer, hostId, spec } = await made();
    const { agentUid } = spec;
    const path = `/ws/keepers/${agentUid}`;
    const keeper = new KeeperLine(await dialAs(hostId, path, name));
    keeper.sendMessage({
      type: 'keeper:hello',
      payload: { agentUid, generation: 1, epoch: E1, first: 0, last: 0, batchVersions: [1], version: '9' },
    });
    await keeper.next('room:welcome');
    keeper.send(opened(E1));
    await keeper.next('stream:ack');
    const who = { team: name, token };
    const created = await call('POST', '/api/agents/one/conversations', { ...who, body: {} });
    const { conversationId } = (await created.json()) as { conversationId: string };
    const permissionId = PermissionIdSchema.parse('one.p');
    const request = { ...requestOf(conversationId, 'p'), permissionId };
    keeper.send(event(E1, 2, { type: 'request:opened', request }));
    expect(await newer.next('inbox:changed')).toMatchObject({
      permissionId,
      request: {
        conversationId,
        agentId: 'one',
        title: request.kind === 'permission' ? request.tool.title : '',
      },
    });
    await evictDurableObject(lobbyStub(name));
    const [head] = (await pending(name, token)).permissions;
    expect(head).toMatchObject({ permissionId, digest: request.digest, state: 'pending' });
    const answer = { optionId: 'once', digest: head?.digest };
    const answered = await call('POST', `/api/permissions/${permissionId}`, { ...who, body: answer });
    expect(answered.status).toBe(200);
    expect(await newer.next('inbox:changed')).toEqual({ permissionId, request: null });
    await evictDurableObject(lobbyStub(name));
    expect((await pending(name, token)).permissions).toEqual([]);
  });

  it('[G5] comes over a polled line too, where its address says that it is known', async () => {
    const { team: name, token, spec } = await made();
    await report(name, spec, [headOf()]);
    const told = async (query: Record<string, string>) => {
      const poller = new Poller('/api/events', { team: name, token });
      await (await poller.ask({ wait: '0', ...query })).arrayBuffer();
      const response = await poller.ask({ wait: '500', ...query });
      return new TextDecoder().decode(await response.arrayBuffer());
    };
    expect(await told({ features: 'acp' })).toContain('inbox:list');
    const older = await told({});
    expect(older).toContain('"kind":"process"');
    expect(older).not.toContain('inbox:list');
  });

  it('[C7] is paged, newest first; a state that is not listed is refused with what is allowed', async () => {
    const { team: name, token, spec } = await made();
    await report(
      name,
      spec,
      [1, 2, 3].map((number) => headOf({ number })),
    );
    const first = await pending(name, token, '?state=pending&limit=2');
    expect(first.permissions.map(({ permissionId }) => permissionId)).toEqual(['one.p3', 'one.p2']);
    const rest = await pending(name, token, `?limit=2&before=${first.next}`);
    expect(rest.permissions.map(({ permissionId }) => permissionId)).toEqual(['one.p1']);
    expect(rest.next).toBeNull();
    const refused = await call('GET', '/api/permissions?state=decided', { team: name, token });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { message: expect.stringContaining('must be pending') },
    });
  });

  it('[X5] is for anybody in the team, of any role, and for nobody else', async () => {
    const { team: name, spec } = await made();
    await report(name, spec, [headOf()]);
    const viewer = await memberToken(name, 'viewer');
    expect((await pending(name, viewer)).permissions).toHaveLength(1);
    expect((await call('GET', '/api/permissions', { team: name })).status).toBe(401);
    const other = newTeam();
    expect((await pending(other, await memberToken(other))).permissions).toEqual([]);
  });

  it('[X5] shows a member the requests of agents that they may see, and is sent anew when that changes', async () => {
    const { name, ada, bo, one, two } = await limitedTeam();
    const viewer = await dial('/ws/dashboard', { team: name, token: bo.token, query: 'features=acp' });
    expect((await viewer.next('inbox:list')).requests).toEqual([]);
    await report(name, { agentUid: two }, [headOf({ agentId: 'two' as RequestHead['agentId'] })]);
    await report(name, { agentUid: one }, [headOf()]);
    expect(await viewer.next('inbox:changed')).toMatchObject({ permissionId: 'one.p1' });
    expect((await pending(name, bo.token)).permissions.map(({ agentId }) => agentId)).toEqual(['one']);
    const agents = { labels: { team: 'api' } };
    expect((await ada.ask('PATCH', '/api/members/bo', { body: { agents } })).status).toBe(200);
    expect((await viewer.next('inbox:list')).requests).toMatchObject([{ permissionId: 'two.p1' }]);
    expect((await pending(name, bo.token)).permissions.map(({ agentId }) => agentId)).toEqual(['two']);
    const older = await atLobby(name, bo.token);
    older.raw(JSON.stringify({ type: 'ping', payload: {} }));
    await older.next('pong');
  });
});
