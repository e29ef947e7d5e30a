import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { encodeMessage, type HostId, type TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { roomOf } from '../../src/env.ts';
import { E1 } from '../agent-room/core/rig.ts';
import { KeeperLine } from '../agent-room/dial.ts';
import { assertionOf, changeKey, newHostId, publicKeyOf } from '../auth/host.ts';
import { Browser } from '../browser.ts';
import {
  call,
  dashboard,
  dialAs,
  enrol,
  hello,
  lobbyStub,
  memberBody,
  memberToken,
  newTeam,
  ORIGIN,
  place,
  sign,
  Viewer,
} from '../front.ts';

const enrolToken = (team: TeamId, named: { host?: HostId; replaces?: boolean } = {}) =>
  sign('enrol', { sub: memberBody(team).sub, team, ...named });

async function post(team: TeamId, token: string, over: object = {}) {
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(newHostId()) };
  return call('POST', '/api/hosts', { team, body: { token, name: 'box', publicKey, ...over } });
}

const act = async (team: TeamId, method: string, path: string) => {
  const response = await call(method, `/api/hosts/${path}`, { team, token: await memberToken(team) });
  return response.status;
};
const hostsOf = async (team: TeamId) => {
  const response = await call('GET', '/api/hosts', { team, token: await memberToken(team) });
  return ((await response.json()) as { hosts: object[] }).hosts;
};

/** How a runner is turned away. */
const refusal = async (team: TeamId, hostId: HostId) =>
  new Viewer(await dialAs(hostId, '/ws/runner', team)).end();

/** A host with one agent and its keeper. */
async function scene() {
  const team = newTeam();
  const { host, hostId } = await hello(team);
  const asked = call('POST', '/api/agents', {
    team,
    token: await memberToken(team),
    body: { name: 'One', kind: 'process', program: { command: 'x' } },
  });
  const { spec } = await place(host);
  await asked;
  const { agentUid } = spec;
  const keeper = await keeperOf(team, hostId, agentUid);
  await keeper.next('room:welcome');
  return { team, host, hostId, agentUid, keeper };
}

async function keeperOf(team: TeamId, hostId: HostId, agentUid: string): Promise<KeeperLine> {
  const keeper = new KeeperLine(await dialAs(hostId, `/ws/keepers/${agentUid}`, team));
  const said = { agentUid: agentUid as never, generation: 1, epoch: E1, first: 0, last: 0 };
  keeper.send(
    encodeMessage({ type: 'keeper:hello', payload: { ...said, batchVersions: [1], version: '0' } }),
  );
  return keeper;
}
const closeOf = (line: KeeperLine) => line.until(() => line.closed);

describe('enrolling a host', () => {
  it('[X4] an admin’s one-time token registers its key, once', async () => {
    const team = newTeam();
    const admin = await memberToken(team);
    const made = await call('POST', '/api/hosts/enrolment', { team, token: admin, body: {} });
    expect(made.status).toBe(201);
    const { token } = (await made.json()) as { token: string };
    const response = await post(team, token);
    expect(response.status).toBe(201);
    const answer = (await response.json()) as { hostId: string };
    expect(Object.keys(answer).sort()).toEqual(['hostId', 'team']);
    expect((await post(team, token)).status).toBe(401);
    const { hostId } = answer;
    expect(await hostsOf(team)).toMatchObject([{ hostId, name: 'box', connection: 'offline' }]);
  });

  it('[X15] keeps the identity of a host that proves by its key that it is the one', async () => {
    const team = newTeam();
    const hostId = newHostId();
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(hostId) };
    for (const name of ['box', 'renamed']) {
      const proof = await assertionOf(hostId, `${ORIGIN}/api/hosts`, Date.now(), {
        body: { key: publicKey.x },
      });
      const body = { name, hostId, publicKey, proof };
      expect(await (await post(team, await enrolToken(team), body)).json()).toMatchObject({ hostId });
    }
    expect(await hostsOf(team)).toMatchObject([{ name: 'renamed' }]);
  });

  it('[X4] a token is no right any more when its maker has none', async () => {
    const team = newTeam();
    const ada = await new Browser(team).signIn();
    const eve = await new Browser(team).signIn('eve', 'admin');
    const made = await eve.ask('POST', '/api/hosts/enrolment', { body: {} });
    const { token } = (await made.json()) as { token: string };
    for (const [method, body] of [
      ['PATCH', { role: 'operator' }],
      ['PATCH', { role: 'admin', agents: { names: ['one'] } }],
      ['DELETE', {}],
    ] as const) {
      expect((await ada.ask(method, '/api/members/eve', { body })).ok).toBe(true);
      expect((await post(team, token)).status).toBe(401);
    }
    expect(await hostsOf(team)).toEqual([]);
  });

  it('no other token does, nor one of another team, nor what is no public key', async () => {
    const team = newTeam();
    const foreign = await sign('enrol', { sub: memberBody(team).sub, team: newTeam() });
    for (const token of [await memberToken(team), foreign, 'nonsense'])
      expect((await post(team, token)).status).toBe(401);
    const secret = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(newHostId()), d: 'x' };
    expect((await post(team, await enrolToken(team), { publicKey: secret })).status).toBe(400);
  });
});

describe('revoking a host', () => {
  it('[X4] its runner and its keepers are closed for good and refused, also after evictions', async () => {
    const { team, host, hostId, agentUid, keeper } = await scene();
    const watcher = await dashboard(team);
    expect(await act(team, 'POST', `${hostId}/revoke`)).toBe(200);
    expect(await host.end()).toEqual({ code: 4403, reason: 'this host was revoked' });
    expect(await closeOf(keeper)).toMatchObject({ code: 4403 });
    const { hosts } = await watcher.next('host:list');
    expect(hosts).toMatchObject([{ hostId, revokedAt: expect.any(Number) }]);
    expect(await hostsOf(team)).toMatchObject([{ connection: 'offline', revokedAt: expect.any(Number) }]);
    await evictDurableObject(lobbyStub(team));
    expect(await refusal(team, hostId)).toMatchObject({ code: 4403 });
    expect(await closeOf(await keeperOf(team, hostId, agentUid))).toMatchObject({ code: 4403 });
  });

  it('[X4] a proof that was checked before, and comes behind the revocation, is refused where it arrives', async () => {
    const { team, hostId, agentUid } = await scene();
    const claims = { kind: 'host', team, hostId, keyRevision: 1 };
    const headers = { upgrade: 'websocket', 'x-muster-claims': encodeURIComponent(JSON.stringify(claims)) };
    expect(await act(team, 'POST', `${hostId}/revoke`)).toBe(200);
    const room = roomOf(env, team, agentUid);
    await evictDurableObject(env.ROOMS.get(env.ROOMS.idFromName(`${team}/${agentUid}`)));
    for (const [object, path] of [
      [room, `/ws/keepers/${agentUid}`],
      [lobbyStub(team), '/ws/runner'],
    ] as const) {
      const { webSocket } = await object.fetch(new Request(`https://muster.example${path}`, { headers }));
      if (webSocket === null) throw new Error('no socket');
      expect(await closeOf(new KeeperLine(webSocket))).toMatchObject({ code: 4403 });
    }
  });

  it('[X4] one that is enrolled again needs another key; with it its agents come back', async () => {
    const { team, hostId, agentUid } = await scene();
    await act(team, 'POST', `${hostId}/revoke`);
    const token = await enrolToken(team, { host: hostId });
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: await publicKeyOf(hostId) };
    const refused = await post(team, token, { hostId, publicKey });
    expect(await refused.json()).toMatchObject({ error: { details: { field: 'publicKey' } } });
    changeKey(hostId);
    const fresh = { ...publicKey, x: await publicKeyOf(hostId) };
    expect((await post(team, token, { hostId, publicKey: fresh })).status).toBe(201);
    const { host } = await hello(team, hostId);
    expect(await host.next('lobby:welcome')).toMatchObject({ agents: [{ spec: { agentUid } }] });
    const keeper = await keeperOf(team, hostId, agentUid);
    await keeper.next('room:welcome');
    expect(await hostsOf(team)).not.toMatchObject([{ revokedAt: expect.any(Number) }]);
  });

  it('[X4] another key under its id ends what came in with the old one, which may come back with the new', async () => {
    const { team, host, hostId, agentUid, keeper } = await scene();
    changeKey(hostId);
    expect(await refusal(team, hostId)).toMatchObject({ code: 4401 });
    expect(await enrol(team, hostId)).toBeNull();
    expect(await host.end()).toMatchObject({ code: 1012 });
    expect(await closeOf(keeper)).toMatchObject({ code: 1012 });
    await (await keeperOf(team, hostId, agentUid)).next('room:welcome');
  });

  it('[X4] the same key again ends nothing', async () => {
    const { team, host, hostId, keeper } = await scene();
    expect(await enrol(team, hostId)).toBeNull();
    host.raw('ping');
    keeper.send('ping');
    expect(await host.text('pong')).toBe('pong');
    await keeper.until(() => keeper.texts.includes('pong'));
    expect([host.closed, keeper.closed]).toEqual([null, null]);
  });

  it('[X4] is forgotten only when it is revoked and has no agents', async () => {
    const { team, hostId } = await scene();
    expect(await act(team, 'DELETE', hostId)).toBe(409);
    await act(team, 'POST', `${hostId}/revoke`);
    expect(await act(team, 'DELETE', hostId)).toBe(409);
    await call('DELETE', '/api/agents/one', { team, token: await memberToken(team) });
    expect(await act(team, 'DELETE', hostId)).toBe(200);
    expect(await hostsOf(team)).toEqual([]);
    expect(await refusal(team, hostId)).toMatchObject({ code: 4401 });
    for (const [method, path] of [
      ['DELETE', hostId],
      ['POST', `${hostId}/revoke`],
    ] as const)
      expect(await act(team, method, path)).toBe(409);
  });

  it('[X8] is on record: enrolled, revoked, deleted, refused', async () => {
    const team = newTeam();
    const { hostId } = (await (await post(team, await enrolToken(team))).json()) as { hostId: HostId };
    await act(team, 'DELETE', hostId);
    await act(team, 'POST', `${hostId}/revoke`);
    await act(team, 'DELETE', hostId);
    const token = await memberToken(team);
    await call('GET', '/api/audit/verify', { team, token });
    const response = await call('GET', '/api/audit', { team, token });
    const { entries } = (await response.json()) as { entries: Record<string, unknown>[] };
    expect(entries.map(({ action, target, result, memberId }) => [action, target, result, memberId])).toEqual(
      [
        ['host:delete', hostId, 'ok', 'ada'],
        ['host:revoke', hostId, 'ok', 'ada'],
        ['host:delete', hostId, 'INVALID_STATE', 'ada'],
        ['host:enrol', hostId, 'ok', null],
      ],
    );
  });
});
