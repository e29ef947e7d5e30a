import { listDurableObjectIds, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { encodeMessage, type TeamId } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dialViewer } from '../agent-room/dial.ts';
import { assertionOf, newHostId } from '../auth/host.ts';
import { pass } from '../clock.ts';
import {
  call,
  dashboard,
  dial,
  dialAs,
  lobbyStub,
  memberBody,
  memberToken,
  newTeam,
  ORIGIN,
  sign,
  Viewer,
} from '../front.ts';
import { agent } from '../poll/rig.ts';

const HOUR = 3_600_000;

const exists = async (team: TeamId) => {
  const id = env.LOBBIES.idFromName(team);
  return (await listDurableObjectIds(env.LOBBIES)).some((one) => one.equals(id));
};

afterEach(() => {
  vi.useRealTimers();
});

describe('getting in', () => {
  it('[M5] a token at the handshake gives connection:ack, agent:list, host:list', async () => {
    const team = newTeam();
    const viewer = await dial('/ws/dashboard', { team, token: await memberToken(team, 'operator') });
    await viewer.next('host:list');
    expect(viewer.inbox.map(({ type }) => type)).toEqual(['connection:ack', 'agent:list', 'host:list']);
    expect(viewer.inbox[0]?.payload).toMatchObject({
      resumed: false,
      member: { id: 'ada', name: 'Ada', role: 'operator' },
      heartbeatInterval: 25_000,
    });
    const envelope = JSON.parse(viewer.texts[0] ?? '');
    expect(envelope).toMatchObject({ version: '1.0.0', id: expect.any(String), metadata: {} });
  });

  it.each([
    ['auth', (token: string) => ({ type: 'auth', payload: { token } }) as const],
    ['dashboard:connect', (token: string) => ({ type: 'dashboard:connect', payload: { token } }) as const],
  ])('[M5] so does a %s message; what is said right behind it waits its turn', async (_type, message) => {
    const team = newTeam();
    const viewer = await dial('/ws', { team });
    viewer.send(message(await memberToken(team)), 'a');
    viewer.send({ type: 'subscribe:agent', payload: {} }, 's');
    expect(await viewer.next('ack')).toMatchObject({ messageId: 'a', success: true });
    expect(await viewer.next('ack')).toMatchObject({ messageId: 's', success: true });
    const types = viewer.inbox.map(({ type }) => type);
    expect(types).toEqual(['connection:ack', 'ack', 'agent:list', 'host:list', 'ack']);
  });

  it('[M5] a socket that brings no token within 5 s is closed with AUTH_FAILED and 4401', async () => {
    const team = newTeam();
    const viewer = await dial('/ws/dashboard', { team });
    pass(4_000);
    await runDurableObjectAlarm(lobbyStub(team));
    expect(viewer.closed).toBeNull();
    pass(1_500);
    await runDurableObjectAlarm(lobbyStub(team));
    expect(await viewer.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect(await viewer.end()).toMatchObject({ code: 4401 });
  });

  it('[M5] a wrong token in a message closes the socket; so does connecting without one', async () => {
    const team = newTeam();
    const stranger = await memberToken(newTeam());
    for (const payload of [{ token: 'no' }, { token: stranger }, {}]) {
      const viewer = await dial('/ws/dashboard', { team });
      viewer.send({ type: 'dashboard:connect', payload }, 'a');
      expect(await viewer.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
      expect(await viewer.next('ack')).toMatchObject({ messageId: 'a', success: false });
      expect(await viewer.end()).toMatchObject({ code: 4401 });
    }
  });

  it.each<[string, string, (team: TeamId) => Promise<string>]>([
    ['no token at all', 'AUTH_FAILED', async () => 'nonsense'],
    [
      'an expired one',
      'TOKEN_EXPIRED',
      (team) => sign('access', { ...memberBody(team), sid: 's' }, Date.now() - 2 * HOUR),
    ],
    ["another team's", 'AUTH_FAILED', () => memberToken(newTeam())],
    ["a host's", 'AUTH_FAILED', () => assertionOf(newHostId(), `${ORIGIN}/ws/dashboard`)],
  ])('[G3] %s is refused in the Worker, readably, and no object wakes', async (_what, code, make) => {
    const team = newTeam();
    const token = await make(team);
    for (const options of [{ token }, { query: `token=${token}` }]) {
      const viewer = await dial('/ws/dashboard', { team, ...options });
      expect(await viewer.next('error')).toMatchObject({ code });
      expect(await viewer.end()).toMatchObject({ code: 4401 });
    }
    expect(await exists(team)).toBe(false);
  });

  it('[X4] only a host comes in at the doors of hosts, and only with a token', async () => {
    const team = newTeam();
    for (const path of ['/ws/runner', `/ws/keepers/${crypto.randomUUID()}`]) {
      for (const token of [undefined, await sign('access', { ...memberBody(team), sid: 's' })]) {
        const socket = await dial(path, { team, ...(token === undefined ? {} : { token }) });
        expect(await socket.end()).toMatchObject({ code: 4401 });
      }
    }
    expect(await exists(team)).toBe(false);
    const stranger = new Viewer(await dialAs(newHostId(), '/ws/runner', team));
    expect(await stranger.end()).toMatchObject({ code: 4401 });
    expect(await exists(team)).toBe(true);
  });

  it('[X5] claims that come from outside are not believed', async () => {
    const team = newTeam();
    const claims = {
      kind: 'member',
      team,
      member: 'eve',
      name: '',
      role: 'admin',
      sid: 's',
      expiresAt: 9e15,
    };
    const headers = { 'x-muster-claims': encodeURIComponent(JSON.stringify(claims)) };
    const viewer = await dial('/ws/dashboard', { team, headers });
    viewer.send({ type: 'subscribe:agent', payload: {} }, 's');
    expect(await viewer.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect(await viewer.end()).toMatchObject({ code: 4401 });
  });

  it('[X1] a cookie opens a socket only for an allowed origin; a foreign origin opens none', async () => {
    const team = newTeam();
    const token = await memberToken(team);
    const cookie = `__Host-muster-access=${token}`;
    const ends = async (headers: Record<string, string>, query = '') => {
      const viewer = await dial('/ws/dashboard', { team, headers, query });
      const first = await Promise.race([viewer.next('connection:ack'), viewer.end()]);
      return 'code' in first ? first.code : 'in';
    };
    expect(await ends({ cookie, origin: 'https://muster.example' })).toBe('in');
    expect(await ends({ cookie, origin: 'https://pages.example' })).toBe('in');
    expect(await ends({ cookie })).toBe(4401);
    for (const origin of ['https://evil.example', 'https://muster.example.evil.example', 'null'])
      expect(await ends({ cookie, origin })).toBe(4401);
    expect(await ends({ origin: 'https://evil.example' }, `token=${token}`)).toBe(4401);
    expect(await ends({}, `token=${token}`)).toBe('in');
  });

  it('[G3] the team is the hostname’s, else ?team=, else the default', async () => {
    const mapped = { origin: 'https://other.example' };
    const other = await memberToken('other' as TeamId);
    const byDefault = await memberToken('default' as TeamId);
    const me = async (token: string, options = {}) =>
      (await call('GET', '/api/auth/me', { token, ...options })).status;
    expect(await me(other, mapped)).toBe(200);
    expect(await me(byDefault)).toBe(200);
    expect(await me(byDefault, mapped)).toBe(401);
    expect(await me(other, { team: 'other' })).toBe(200);
    expect(await me(byDefault, { team: 'other' })).toBe(401);
    // A hostname's team cannot be asked away.
    expect(await me(byDefault, { ...mapped, team: 'default' })).toBe(401);
  });

  it('an unknown agent is refused with AGENT_NOT_FOUND and closed with 4404', async () => {
    const team = newTeam();
    for (const name of ['nobody', '__proto__', '..%2fx']) {
      const viewer = await dial(`/ws/agents/${name}`, { team, token: await memberToken(team) });
      expect(await viewer.next('error')).toMatchObject({ code: 'AGENT_NOT_FOUND' });
      expect(await viewer.end()).toMatchObject({ code: 4404 });
    }
  });
});

describe('[X5] before authentication', () => {
  /** The messages received there, and how it ends; `says` is all that the client sends. */
  async function knock(team: TeamId, agentId: string, says: readonly string[]) {
    const viewer = await dial(`/ws/agents/${agentId}`, { team });
    for (const text of says) viewer.raw(text);
    const end = await viewer.end();
    return { heard: viewer.inbox, pongs: viewer.texts.filter((text) => text === 'pong'), end };
  }
  const auth = (token: string) => JSON.stringify({ type: 'auth', id: 'a', payload: { token } });

  it.each([
    [
      'a message before a token',
      ['ping', 'no JSON', '{"type":"agent:get_state","id":"s","payload":{"agentId":"one"}}'],
    ],
    ['a token that is none', [auth('nonsense')]],
    ['nothing for 5 s', []],
  ])('an existing agent and a missing one look identical: %s', async (_what, says) => {
    const team = newTeam();
    await agent(team);
    const [there, not] = await Promise.all([knock(team, 'one', says), knock(team, 'nobody', says)]);
    expect(not).toEqual(there);
    expect(there.end).toMatchObject({ code: 4401 });
  });

  it('with a token the client learns that there is none', async () => {
    const team = newTeam();
    const { heard, end } = await knock(team, 'nobody', [auth(await memberToken(team))]);
    expect(heard).toMatchObject([{ payload: { code: 'AGENT_NOT_FOUND' } }, { payload: { success: false } }]);
    expect(end).toMatchObject({ code: 4404 });
  });
});

describe('[S7] a client that leaves while its token is verified', () => {
  it('does not join, and its later messages are dropped', async () => {
    const team = newTeam();
    const { token, room } = await agent(team);
    const subscribe = encodeMessage({ type: 'subscribe:agent', payload: { agentId: 'one' as never } });
    const auth = encodeMessage({ type: 'auth', payload: { token } });
    for (let n = 0; n < 3; n += 1) {
      const viewer = await dialViewer(room, null);
      for (const text of [auth, subscribe]) viewer.send(text);
      viewer.close();
      await viewer.until(() => viewer.closed);
    }
    // Whose token is checked behind theirs.
    const last = await dialViewer(room, null);
    for (const text of [auth, subscribe]) last.send(text);
    expect(await last.next('presence:update')).toMatchObject({ total: 1 });
  });
});

describe('a token that ends', () => {
  it('[M11] is announced 60 s before, renewed in-band, and closed 60 s after without that', async () => {
    const team = newTeam();
    const stub = lobbyStub(team);
    const [one, two] = [await dashboard(team), await dashboard(team)];
    pass(HOUR - 59_000);
    for (const viewer of [one, two]) viewer.raw('{"type":"heartbeat"}');
    await two.next('heartbeat');
    await runDurableObjectAlarm(stub);
    await Promise.all([one.next('auth:expiring'), two.next('auth:expiring')]);
    const renewal = { token: await memberToken(team, 'viewer', Date.now()) };
    expect(await one.ask({ type: 'auth:refresh', payload: renewal })).toMatchObject({ success: true });
    pass(60_000);
    expect(await two.ask({ type: 'subscribe:agent', payload: {} })).toMatchObject({
      error: { code: 'TOKEN_EXPIRED' },
    });
    // [X5] The renewed token's role counts.
    expect(await one.ask({ type: 'agent:delete', payload: { agentId: 'x' as never } })).toMatchObject({
      error: { code: 'INSUFFICIENT_PERMISSIONS' },
    });
    pass(61_000);
    one.raw('{"type":"heartbeat"}');
    await one.next('heartbeat');
    await runDurableObjectAlarm(stub);
    expect(await two.end()).toMatchObject({ code: 4401 });
    expect(one.closed).toBeNull();
  });

  it('[M11] is not renewed by another subject', async () => {
    const team = newTeam();
    const viewer = await dashboard(team);
    const token = await memberToken(team, 'admin', Date.now(), 'eve');
    expect(await viewer.ask({ type: 'auth:refresh', payload: { token } })).toMatchObject({
      success: false,
      error: { code: 'AUTH_FAILED' },
    });
    expect(await viewer.ask({ type: 'subscribe:agent', payload: {} })).toMatchObject({ success: true });
  });
});
