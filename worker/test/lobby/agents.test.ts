import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type TeamId, type ViewerMessage, wireError } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { roomOf } from '../../src/env.ts';
import { newHostId } from '../auth/host.ts';
import { call, dashboard, dial, hello, lobbyStub, memberToken, newTeam, place, runner } from '../front.ts';
import { facts } from './core/rig.ts';

/** Above whatever the room itself has reported. */
const NEWEST = Number.MAX_SAFE_INTEGER;

const wanted = { name: 'One', program: { command: 'bash', args: [] } };
const create = (over = {}): ViewerMessage => ({ type: 'agent:create', payload: { ...wanted, ...over } });

afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}

/** A team with a host and a dashboard. */
async function team() {
  const name = newTeam();
  const { host, hostId } = await hello(name);
  await host.next('lobby:welcome');
  return { team: name, host, hostId, viewer: await dashboard(name) };
}

const list = async (name: TeamId) => {
  const response = await call('GET', '/api/agents', { team: name, token: await memberToken(name) });
  return ((await response.json()) as { agents: { agentId: string; agentUid: string }[] }).agents;
};

describe('agent:create', () => {
  it('over a socket: the runner places it, every dashboard sees it, the ack says what it is', async () => {
    const { team: name, host, viewer, hostId } = await team();
    const other = await dashboard(name, 'viewer');
    const asked = viewer.ask(create(), 'c');
    const order = await place(host);
    expect(order).toMatchObject({ generation: 1, spec: { agentId: 'one', hostId, workspace: '/home/ada' } });
    const { agentUid } = order.spec;
    expect(await asked).toMatchObject({
      success: true,
      result: { agentId: 'one', agentUid, pid: 42, startTime: 1 },
    });
    expect(await other.next('agent:created')).toMatchObject({ agentId: 'one', pid: 42 });
    expect((await other.next('agent:list')).agents).toMatchObject([{ agentUid, connection: 'online' }]);
    expect((await other.next('host:list')).hosts).toMatchObject([{ hostId, agents: 1 }]);
    // [N1] Its room knows it, under its uid.
    expect(await roomOf(env, name, agentUid).state()).toMatchObject({ agentId: 'one', agentUid });
  });

  it('over REST: 201, and with the same Idempotency-Key the first answer again', async () => {
    const { team: name, host } = await team();
    const token = await memberToken(name);
    const post = (body: unknown, key: string) =>
      call('POST', '/api/agents', { team: name, token, body, headers: { 'idempotency-key': key } });
    const first = post(wanted, 'k');
    const twin = post(wanted, 'k');
    const order = await place(host);
    const answers = await Promise.all([first, twin, post(wanted, 'k')]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ agentId: 'one', agentUid: order.spec.agentUid });
    const changed = await post({ ...wanted, name: 'Two' }, 'k');
    expect(changed.status).toBe(400);
    expect(await list(name)).toHaveLength(1);
  });

  it("passes on the runner's error with its field, and nothing stays", async () => {
    const { team: name, host, viewer } = await team();
    const error = wireError('AGENT_SPAWN_FAILED', 'workspace: is outside the roots', { field: 'workspace' });
    const asked = viewer.ask(create());
    const { spec } = await place(host, { error });
    expect(await asked).toMatchObject({ success: false, error });
    const token = await memberToken(name);
    const rest = call('POST', '/api/agents', { team: name, token, body: wanted });
    await place(host, { error });
    const response = await rest;
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      error: { code: 'AGENT_SPAWN_FAILED', number: 2002, message: error.message, details: error.details },
    });
    expect(await list(name)).toEqual([]);
    await vi.waitFor(async () => expect(await roomOf(env, name, spec.agentUid).state()).toBeNull());
  });

  it.each([
    ['a name that is taken', { name: 'one' }, 'AGENT_EXISTS', 'name'],
    ['../x', { name: '../x' }, 'INVALID_MESSAGE', 'name'],
    ['__proto__', { name: '__proto__' }, 'INVALID_MESSAGE', 'name'],
    ['101 characters', { name: 'x'.repeat(101) }, 'INVALID_MESSAGE', 'name'],
    ['an unknown host', { name: 'b', hostId: newHostId() }, 'INVALID_MESSAGE', 'hostId'],
    ['an unknown model', { name: 'b', model: 'hal' }, 'INVALID_MESSAGE', 'model'],
    [
      'a NUL in an argument',
      { name: 'b', program: { command: 'a\0' } },
      'INVALID_MESSAGE',
      'program.command',
    ],
  ])('%s is refused at its field, on socket and REST alike', async (_what, over, code, field) => {
    const { team: name, host, viewer } = await team();
    const made = viewer.ask(create());
    await place(host);
    await made;
    const error = { code, details: { field } };
    viewer.raw(JSON.stringify({ type: 'agent:create', id: 'x', payload: { ...wanted, ...over } }));
    expect(await viewer.next('ack')).toMatchObject({ messageId: 'x', success: false, error });
    const token = await memberToken(name);
    const rest = await call('POST', '/api/agents', { team: name, token, body: { ...wanted, ...over } });
    expect(await rest.json()).toMatchObject({ error });
    expect(await list(name)).toHaveLength(1);
  });

  it('is undone with HOST_OFFLINE when the runner goes', async () => {
    const { host, viewer, team: name } = await team();
    const asked = viewer.ask(create());
    await host.next('agent:place');
    host.close(1000);
    expect(await asked).toMatchObject({ success: false, error: { code: 'HOST_OFFLINE' } });
    expect(await viewer.ask(create())).toMatchObject({ error: { code: 'HOST_OFFLINE' } });
    expect(await list(name)).toEqual([]);
  });

  it('is undone when the runner does not answer for 30 s, and ended there', async () => {
    const { host, viewer, team: name } = await team();
    const asked = viewer.ask(create());
    const { spec } = await host.next('agent:place');
    pass(30_000);
    await runDurableObjectAlarm(lobbyStub(name));
    expect(await asked).toMatchObject({ success: false, error: { code: 'SERVICE_UNAVAILABLE' } });
    expect(await host.next('agent:remove')).toMatchObject({ agentUid: spec.agentUid });
    expect(await list(name)).toEqual([]);
  });

  it('survives an eviction while the runner works on it, and the waiting socket still hears', async () => {
    const { host, viewer, team: name } = await team();
    viewer.say(create(), 'c');
    const { requestId, generation, spec } = await host.next('agent:place');
    await evictDurableObject(lobbyStub(name));
    const payload = { requestId, generation, agentUid: spec.agentUid };
    host.say({ type: 'agent:placed', payload });
    expect(await viewer.next('ack')).toMatchObject({ messageId: 'c', success: true });
  });

  it('survives a reset that drops every socket: the runner redials and is asked again', async () => {
    const { host, viewer, team: name, hostId } = await team();
    viewer.say(create(), 'c');
    const { spec } = await host.next('agent:place');
    await evictDurableObject(lobbyStub(name), { webSockets: 'close' });
    const again = (await hello(name, hostId)).host;
    const order = await place(again);
    expect(order.spec.agentUid).toBe(spec.agentUid);
    await vi.waitFor(async () => expect(await list(name)).toMatchObject([{ agentUid: spec.agentUid }]));
  });

  it('[I1] is repeated by the same client on a new socket and gets the first ack', async () => {
    const { host, team: name } = await team();
    const token = await memberToken(name);
    const first = await dial('/ws/dashboard', { team: name, token, query: 'client=tab-1' });
    const asked = first.ask(create(), 'c');
    await place(host);
    const ack = await asked;
    first.close();
    await evictDurableObject(lobbyStub(name));
    const again = await dial('/ws/dashboard', { team: name, token, query: 'client=tab-1' });
    expect(await again.ask(create(), 'c')).toEqual(ack);
    const other = await dial('/ws/dashboard', { team: name, token, query: 'client=tab-2' });
    expect(await other.ask(create(), 'c')).toMatchObject({ error: { code: 'AGENT_EXISTS' } });
  });
});

describe('an agent that is there', () => {
  async function made() {
    const all = await team();
    const asked = all.viewer.ask(create());
    const { spec } = await place(all.host);
    await asked;
    return { ...all, spec };
  }

  it('[M7] a change of its summary reaches every dashboard within 100 ms', async () => {
    const { team: name, viewer, spec } = await made();
    const others = await Promise.all([dashboard(name), dashboard(name, 'viewer')]);
    const summary = {
      status: 'running' as const,
      busy: false,
      lastActivity: 1,
      queueLength: 0,
      runningCommands: 0,
      pendingPermissions: 0,
      viewers: 7,
    };
    const began = performance.now();
    const report = { agentUid: spec.agentUid, generation: 1, summaryRevision: NEWEST, summary };
    const lobby = lobbyStub(name) as unknown as { report(report: object): Promise<number> };
    const reported = lobby.report(report);
    const seen = (peer: typeof viewer): Promise<void> =>
      peer.next('agent:status').then(({ agent }) => (agent.viewers === 7 ? undefined : seen(peer)));
    await Promise.all([viewer, ...others].map(seen));
    expect(performance.now() - began).toBeLessThan(100);
    // [R3] Older ones change nothing, and the room is told what is known.
    expect(await reported).toBe(NEWEST);
    expect(await lobby.report({ ...report, summaryRevision: NEWEST - 1 })).toBe(NEWEST);
  });

  it('is opened by its name and answers in its room', async () => {
    const { team: name } = await made();
    const token = await memberToken(name);
    const room = await dial('/ws/agents/one', { team: name, token });
    await room.next('connection:ack');
    const rest = await call('GET', '/api/agents/one', { team: name, token });
    expect(await rest.json()).toMatchObject({ agentId: 'one', workspace: '/home/ada' });
  });

  it('goes offline and online with its host and with its keeper', async () => {
    const { team: name, host, hostId, viewer, spec } = await made();
    const { agentUid } = spec;
    const connection = async () => (await viewer.next('agent:status')).connection;
    host.say({ type: 'keeper:link', payload: { agentUid, healthy: false } });
    expect(await connection()).toBe('offline');
    host.say({ type: 'keeper:link', payload: { agentUid, healthy: true } });
    expect(await connection()).toBe('online');
    host.close(1000);
    expect(await connection()).toBe('offline');
    expect((await viewer.next('host:list')).hosts).toMatchObject([{ connection: 'offline' }]);
    await hello(name, hostId, [{ agentUid, generation: 1, healthy: true }]);
    expect(await connection()).toBe('online');
  });

  it('[H1] its host is offline after 60 s of silence, though its socket never closed', async () => {
    const { team: name, viewer } = await made();
    pass(60_000);
    viewer.raw('{"type":"heartbeat"}');
    await viewer.next('heartbeat');
    await runDurableObjectAlarm(lobbyStub(name));
    expect(await viewer.next('agent:status')).toMatchObject({ connection: 'offline' });
  });

  it('is changed: the host and the room learn it, the name in addresses stays', async () => {
    const { team: name, host, viewer, spec } = await made();
    const token = await memberToken(name);
    const body = { name: 'Uno', restart: 'always' };
    const patched = await call('PATCH', '/api/agents/one', { team: name, token, body });
    expect([patched.status, await patched.json()]).toEqual([200, { agentId: 'one' }]);
    expect(await host.next('agent:place')).toMatchObject({ generation: 1, spec: { ...spec, ...body } });
    expect((await viewer.next('agent:list')).agents).toMatchObject([{ agentId: 'one', name: 'Uno' }]);
    await vi.waitFor(async () =>
      expect(await roomOf(env, name, spec.agentUid).state()).toMatchObject({ restart: 'always' }),
    );
  });

  it('is deleted while its host is offline; its room is gone, and the host ends it when it comes back', async () => {
    const { team: name, host, hostId, viewer, spec } = await made();
    host.close(1000);
    await viewer.next('agent:status');
    const token = await memberToken(name);
    const deleted = await call('DELETE', '/api/agents/one', { team: name, token });
    expect(deleted.status).toBe(200);
    expect(await viewer.next('agent:deleted')).toEqual({ agentId: 'one', agentUid: spec.agentUid });
    expect((await call('GET', '/api/agents/one', { team: name, token })).status).toBe(404);
    await vi.waitFor(async () => expect(await roomOf(env, name, spec.agentUid).state()).toBeNull());
    const back = await hello(name, hostId, [{ agentUid: spec.agentUid, generation: 1, healthy: true }]);
    expect(await back.host.next('lobby:welcome')).toEqual({ agents: [] });
  });

  it('[N1] battery 24: made again under its name it is another agent, with another room', async () => {
    const { team: name, host, viewer, spec } = await made();
    await viewer.ask({ type: 'agent:delete', payload: { agentId: spec.agentId } });
    expect(await host.next('agent:remove')).toMatchObject({ agentUid: spec.agentUid });
    const asked = viewer.ask(create());
    const next = (await place(host)).spec;
    await asked;
    expect(next.agentUid).not.toBe(spec.agentUid);
    expect(await list(name)).toMatchObject([{ agentUid: next.agentUid }]);
    await vi.waitFor(async () => expect(await roomOf(env, name, spec.agentUid).state()).toBeNull());
  });

  it('[N2] battery 24: two hosts claim it; one is told it is its own, the other that it has none', async () => {
    const { team: name, hostId, spec, viewer } = await made();
    const claim = [{ agentUid: spec.agentUid, generation: 1, healthy: true }];
    const thief = await hello(name, newHostId(), claim);
    expect(await thief.host.next('lobby:welcome')).toEqual({ agents: [] });
    thief.host.say({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy: false } });
    const owner = await hello(name, hostId, claim);
    expect((await owner.host.next('lobby:welcome')).agents).toMatchObject([
      { spec: { agentUid: spec.agentUid } },
    ]);
    await viewer.ask({ type: 'subscribe:agent', payload: {} });
    expect((await list(name))[0]).toMatchObject({ hostId, connection: 'online' });
  });

  it('a second runner of the same host closes the first with 4409', async () => {
    const { team: name, host, hostId } = await made();
    await hello(name, hostId);
    expect(await host.end()).toMatchObject({ code: 4409 });
  });

  it('[X4] a runner that says it is another host is closed with 4401; one that says anything before hello with 4400', async () => {
    const { team: name, hostId, spec } = await made();
    const liar = await runner(name);
    liar.say({ type: 'runner:hello', payload: { hostId, version: '1', facts: facts(), agents: [] } });
    expect(await liar.end()).toMatchObject({ code: 4401 });
    const hasty = await runner(name);
    hasty.say({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy: true } });
    expect(await hasty.end()).toMatchObject({ code: 4400 });
  });
});
