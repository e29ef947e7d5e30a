import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { roomOf } from '../../src/env.ts';
import { newHostId } from '../auth/host.ts';
import { pass } from '../clock.ts';
import { call, dashboard, dial, hello, lobbyStub, memberToken, place, runner } from '../front.ts';
import { create, list, team } from './agents-rig.ts';
import { facts } from './core/rig.ts';

/** Above whatever the room itself has reported. */
const NEWEST = Number.MAX_SAFE_INTEGER;

afterEach(() => {
  vi.useRealTimers();
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
    host.send({ type: 'keeper:link', payload: { agentUid, healthy: false } });
    expect(await connection()).toBe('offline');
    host.send({ type: 'keeper:link', payload: { agentUid, healthy: true } });
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

  it('[N2] battery 24: two hosts claim it; one gets it as its own, the other gets none', async () => {
    const { team: name, hostId, spec, viewer } = await made();
    const claim = [{ agentUid: spec.agentUid, generation: 1, healthy: true }];
    const thief = await hello(name, newHostId(), claim);
    expect(await thief.host.next('lobby:welcome')).toEqual({ agents: [] });
    thief.host.send({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy: false } });
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
    liar.send({ type: 'runner:hello', payload: { hostId, version: '1', facts: facts(), agents: [] } });
    expect(await liar.end()).toMatchObject({ code: 4401 });
    const hasty = await runner(name);
    hasty.send({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy: true } });
    expect(await hasty.end()).toMatchObject({ code: 4400 });
  });
});
