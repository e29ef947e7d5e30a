import { evictDurableObject, runInDurableObject, SELF } from 'cloudflare:test';
import { decodeServer, encodeMessage, type Role, type ServerMessage, type TeamId } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MemberClaims } from '../../../src/auth/claims.ts';
import { SqliteRightsPushStore } from '../../../src/team-lobby/storage/rights-pushes.ts';
import { dialViewer } from '../../agent-room/dial.ts';
import { rows } from '../../agent-room/history-rig.ts';
import { Browser } from '../../browser.ts';
import { pass } from '../../clock.ts';
import { dial, lobbyStub, newTeam, ORIGIN, Peer, place, type Viewer } from '../../front.ts';
import { agent, Poller } from '../../poll/rig.ts';

const ROOM = '/ws/agents/one';

afterEach(() => {
  vi.useRealTimers();
});

/** A team with an agent called `one`, its admin, and somebody else. */
async function team() {
  const name = newTeam();
  const { host, room, keeper, agentUid } = await agent(name);
  const ada = await new Browser(name).signIn();
  const bo = await new Browser(name).signIn('bo', 'operator');
  return { name, host, room, keeper, agentUid, ada, bo };
}

const patch = async (ada: Browser, id: string, body: object) => {
  const response = await ada.ask('PATCH', `/api/members/${id}`, { body });
  if (!response.ok) throw new Error(await response.text());
};
const remove = async (ada: Browser, id: string) => {
  expect((await ada.ask('DELETE', `/api/members/${id}`)).status).toBe(204);
};

async function atRoom(name: TeamId, token: string): Promise<Viewer> {
  const viewer = await dial(ROOM, { team: name, token });
  await viewer.next('agent:state');
  return viewer;
}

async function atLobby(name: TeamId, token: string): Promise<Viewer> {
  const viewer = await dial('/ws/dashboard', { team: name, token });
  await viewer.next('host:list');
  return viewer;
}

/** A plain client (G1). */
async function plain(name: TeamId, token: string): Promise<Peer<ServerMessage>> {
  const url = `${ORIGIN}/ws/dashboard?team=${name}&token=${token}`;
  const { webSocket } = await SELF.fetch(url, { headers: { upgrade: 'websocket' } });
  if (webSocket === null) throw new Error('no socket');
  const peer = new Peer<ServerMessage>(webSocket, (text) => {
    const decoded = decodeServer(text);
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
    return decoded.value.message;
  });
  await peer.next('agent:list');
  return peer;
}

/** What an operator may, and the room answers by itself. */
const CANCEL = { type: 'command:cancel', payload: { commandId: 'one.none' as never } } as const;
const cancel = (viewer: Viewer) => viewer.ask(CANCEL).then(({ error }) => error?.code);

/** Both objects lose their memory; their sockets stay. */
async function evictBoth(name: TeamId, room: unknown): Promise<void> {
  await evictDurableObject(lobbyStub(name));
  await evictDurableObject(room as DurableObjectStub);
}

const TABLES_OF_0_1_0 = `
CREATE TABLE IF NOT EXISTS standing_changes (number INTEGER PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS standing_behind (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
`;

describe('[M13] a member who is removed', () => {
  it.each([
    ['awake', false],
    ['asleep', true],
  ])('[X5] loses every socket at once: lobby, room, polled and plain, objects %s', async (_how, asleep) => {
    const { name, room, ada, bo } = await team();
    const [lobby, inRoom, door] = [
      await atLobby(name, bo.token),
      await atRoom(name, bo.token),
      await plain(name, bo.token),
    ];
    const poller = new Poller('/api/agents/one/events', { team: name, token: bo.token });
    await poller.until(() => poller.of('agent:state'));
    const others = [await atLobby(name, ada.token), await atRoom(name, ada.token)];
    // A line of polls stores nothing: it is awake as long as it is one.
    if (asleep) await evictBoth(name, room);
    const polled = poller.ask({ wait: '5000' });
    await remove(ada, 'bo');
    for (const gone of [lobby, inRoom, door]) {
      expect(await gone.end()).toMatchObject({ code: 4401 });
      expect(await gone.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    }
    // The poll that waits is answered with the close; there is no other.
    const frames = new Uint8Array(await (await polled).arrayBuffer());
    expect(new TextDecoder().decode(frames)).toContain('AUTH_FAILED');
    expect((await poller.ask()).status).toBe(401);
    for (const other of others) expect(other.closed).toBeNull();
  });
});

describe('[X5] a role that changes', () => {
  it.each([
    ['awake', false],
    ['asleep', true],
  ])('counts from the next message of an open socket on, up and down, objects %s', async (_how, asleep) => {
    const { name, room, ada, bo } = await team();
    const [lobby, inRoom] = [await atLobby(name, bo.token), await atRoom(name, bo.token)];
    const create = () =>
      lobby
        .ask({ type: 'agent:delete', payload: { agentId: 'none' as never } })
        .then(({ error }) => error?.code);
    const first = await create();
    for (const role of ['viewer', 'admin', 'viewer', 'operator'] as const) {
      if (asleep) await evictBoth(name, room);
      await patch(ada, 'bo', { role });
      for (const told of [lobby, inRoom])
        expect(await told.next('member:changed')).toEqual({ id: 'bo', name: 'Ada', role });
      const answer = role === 'viewer' ? 'INSUFFICIENT_PERMISSIONS' : 'COMMAND_NOT_FOUND';
      expect(await cancel(inRoom)).toBe(answer);
      expect(await create()).toBe(role === 'admin' ? 'AGENT_NOT_FOUND' : first);
    }
    expect(first).toBe('INSUFFICIENT_PERMISSIONS');
    expect([lobby.closed, inRoom.closed]).toEqual([null, null]);
  });

  it('[H2] wakes each room once; a new member wakes none', async () => {
    const { name, room, ada, bo } = await team();
    const inRoom = await atRoom(name, bo.token);
    const written = async (work: () => Promise<unknown>) => {
      const before = await rows(room);
      await work();
      await inRoom.next('member:changed');
      return (await rows(room)) - before;
    };
    const become = (role: Role) => patch(ada, 'bo', { role });
    // With the row that the room writes when a member joins.
    await written(() => become('viewer'));
    const alone = await written(() => become('operator'));
    const both = await written(async () => {
      await new Browser(name).signIn('cy', 'viewer');
      await become('viewer');
    });
    expect(both).toBe(alone);
    expect(alone).toBeGreaterThan(0);
  });

  it('is sent to its own member only, and to no client of a dialect, which gets it when it asks again', async () => {
    const { name, ada, bo } = await team();
    const [hers, his, door] = [
      await atLobby(name, ada.token),
      await atLobby(name, bo.token),
      await plain(name, bo.token),
    ];
    await patch(ada, 'bo', { role: 'viewer' });
    // A limit alone changes nothing that a page was told of its member.
    await patch(ada, 'bo', { agents: { names: ['one'] } });
    await patch(ada, 'bo', { agents: null });
    await patch(ada, 'bo', { name: 'Bob' });
    expect(await his.next('member:changed')).toMatchObject({ name: 'Ada', role: 'viewer' });
    expect(await his.next('member:changed')).toMatchObject({ name: 'Bob', role: 'viewer' });
    door.raw(encodeMessage({ type: 'dashboard:connect', payload: {} }));
    expect(await door.next('connection:ack')).toMatchObject({ member: { name: 'Bob', role: 'viewer' } });
    for (const { inbox } of [hers, door])
      expect(inbox.map(({ type }) => type)).not.toContain('member:changed');
  });

  it('counts for a plain client in the room of an agent that is made later, which never received it', async () => {
    const { name, host, ada, bo } = await team();
    const door = await plain(name, bo.token);
    await patch(ada, 'bo', { role: 'viewer' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 });
    const made = ada.ask('POST', '/api/agents', { body: { name: 'Two' } });
    await place(host);
    await made;
    await door.next('agent:created');
    door.raw(
      encodeMessage({ type: 'command:cancel', payload: { commandId: 'two.none' as never } }, { id: 'c' }),
    );
    expect(await door.next('ack')).toMatchObject({ error: { code: 'INSUFFICIENT_PERMISSIONS' } });
  });

  it('overrules a socket that was admitted before it and arrives after it, for an hour, over an eviction too', async () => {
    const { name, room, ada, bo } = await team();
    // X18: a room where they have never been has nothing of theirs to overrule.
    (await atRoom(name, bo.token)).close();
    const said = (revision: number): MemberClaims => ({
      kind: 'member',
      team: name,
      member: 'bo' as never,
      name: 'Bo',
      role: 'operator',
      agents: [],
      sid: 'of bo',
      revision,
      expiresAt: Date.now() + 60_000,
    });
    await patch(ada, 'bo', { role: 'viewer' });
    await evictDurableObject(room as unknown as DurableObjectStub);
    const late = await dialViewer(room, said(0));
    expect(await late.next('connection:ack')).toMatchObject({ member: { role: 'viewer' } });
    await remove(ada, 'bo');
    await evictDurableObject(room as unknown as DurableObjectStub);
    const gone = await dialViewer(room, said(1));
    expect((await gone.until(() => gone.closed)).code).toBe(4401);
    expect(await room.request(said(1), CANCEL, 'r')).toMatchObject({ error: { code: 'AUTH_FAILED' } });
    // Whose claims are newer than the change was let in after it.
    expect(await room.request(said(99), CANCEL, 'r')).toMatchObject({ error: { code: 'COMMAND_NOT_FOUND' } });
  });

  it.each(['this version', '0.1.0'])(
    'reaches a room that was asleep when the lobby was reset before it could tell, kept by %s',
    async (version) => {
      const { name, room, agentUid, ada, bo } = await team();
      const inRoom = await atRoom(name, bo.token);
      await runInDurableObject(lobbyStub(name), (_lobby, { storage }) => {
        const store = new SqliteRightsPushStore(storage, { countRows: () => undefined });
        const who = { kind: 'member', memberId: 'bo' as never } as const;
        const change = { who, standing: null, revision: 99 };
        if (version === 'this version') return store.put({ number: 1, room: agentUid, change });
        storage.sql.exec(TABLES_OF_0_1_0);
        storage.sql.exec('INSERT INTO standing_changes (row) VALUES (?)', JSON.stringify(change));
        storage.sql.exec('INSERT INTO standing_behind VALUES (?)', agentUid);
      });
      await evictBoth(name, room);
      await ada.me();
      expect(await inRoom.end()).toMatchObject({ code: 4401 });
    },
  );
});

describe('[X3] a session that ends', () => {
  it('closes its own sockets, and those of no other session', async () => {
    const { name, ada, bo } = await team();
    const other = await new Browser(name).signIn('bo');
    const [mine, his] = [await atRoom(name, bo.token), await atRoom(name, other.token)];
    const [here, there] = [await atLobby(name, bo.token), await atLobby(name, ada.token)];
    const thief = bo.stolen();
    expect(await thief.refresh()).toBe(200);
    pass(10_001);
    expect(await bo.refresh()).toBe(401);
    for (const gone of [mine, here]) expect(await gone.end()).toMatchObject({ code: 4401 });
    expect([his.closed, there.closed]).toEqual([null, null]);
    expect((await other.ask('DELETE', '/api/auth/sessions')).status).toBe(204);
    expect(await his.end()).toMatchObject({ code: 4401 });
    expect(there.closed).toBeNull();
  });
});
