import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { wireError } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { roomOf } from '../../src/env.ts';
import { newHostId } from '../auth/host.ts';
import { pass } from '../clock.ts';
import { call, dashboard, dial, hello, lobbyStub, memberToken, place } from '../front.ts';
import { create, list, team, wanted } from './agents-rig.ts';

afterEach(() => {
  vi.useRealTimers();
});

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

  it('survives an eviction while the runner works on it, and the waiting socket gets its ack', async () => {
    const { host, viewer, team: name } = await team();
    viewer.send(create(), 'c');
    const { requestId, generation, spec } = await host.next('agent:place');
    await evictDurableObject(lobbyStub(name));
    const payload = { requestId, generation, agentUid: spec.agentUid };
    host.send({ type: 'agent:placed', payload });
    expect(await viewer.next('ack')).toMatchObject({ messageId: 'c', success: true });
  });

  it('survives a reset that drops every socket: the runner redials and is asked again', async () => {
    const { host, viewer, team: name, hostId } = await team();
    viewer.send(create(), 'c');
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
