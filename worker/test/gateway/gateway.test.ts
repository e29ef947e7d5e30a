import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  type AgentUid,
  encodeMessage,
  type HostId,
  LIMITS,
  type TeamId,
  unpack,
  withBody,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { roomName } from '../../src/env.ts';
import { dialAs, hello, memberToken, newTeam, place } from '../front.ts';
import { gzip, headerOf, Keeper, knock } from './gateway-rig.ts';
import { batchOf, E1 } from './rig.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Frame 3, which says that it is of one size and is of another. */
async function lyingBatch(told: number, size: number): Promise<Uint8Array> {
  const bytes = batchOf(3, ['b'.repeat(told)]);
  return withBody(bytes, headerOf(bytes), await gzip(new Uint8Array(size)), true);
}

async function keeperOf(team: TeamId, hostId: HostId, agentUid: AgentUid): Promise<Keeper> {
  const keeper = new Keeper(await dialAs(hostId, `/ws/keepers/${agentUid}`, team));
  const payload = { agentUid, generation: 1, epoch: E1, first: 0, last: 0, batchVersions: [1], version: '0' };
  keeper.raw(encodeMessage({ type: 'keeper:hello', payload }));
  await keeper.next('room:welcome');
  return keeper;
}

/** A team with a host, a plain client and an agent it made. */
async function scene() {
  const team = newTeam();
  const { host, hostId } = await hello(team);
  const client = await knock(team, { token: await memberToken(team) });
  await client.next('agent:list');
  client.send('agent:create', { name: 'One' }, 'c');
  const { spec } = await place(host);
  expect(await client.next('agent:created')).toMatchObject({ agentId: 'one' });
  expect(await client.next('ack')).toMatchObject({ messageId: 'c', success: true });
  const keeper = await keeperOf(team, hostId, spec.agentUid);
  const room = env.ROOMS.get(env.ROOMS.idFromName(roomName(team, spec.agentUid)));
  return { team, client, keeper, room };
}

describe('the gateway', () => {
  it('[M5] lets a token in the address in: connection:ack, then agent:list, every envelope field filled', async () => {
    const team = newTeam();
    const client = await knock(team, { token: await memberToken(team) });
    expect(await client.next('connection:ack')).toMatchObject({ member: { id: 'ada', role: 'admin' } });
    expect(await client.next('agent:list')).toEqual({ agents: [] });
    for (const text of client.texts) {
      const id: unknown = expect.stringMatching(UUID_V4);
      const timestamp: unknown = expect.any(Number);
      expect(JSON.parse(text)).toMatchObject({ version: '1.0.0', id, timestamp, metadata: {} });
    }
  });

  it('[M5] lets a token in dashboard:connect in, and refuses a bad one with AUTH_FAILED and 4401', async () => {
    const team = newTeam();
    const client = await knock(team);
    client.send('dashboard:connect', { token: await memberToken(team), clientInfo: {} }, 'a');
    await client.next('connection:ack');
    await client.next('agent:list');

    const stranger = await knock(team);
    stranger.send('dashboard:connect', { token: 'no', clientInfo: {} });
    expect(await stranger.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect((await stranger.end()).code).toBe(4401);
    const late = await knock(team, { token: await memberToken(team, 'admin', Date.now() - 7_200_000) });
    expect(await late.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect((await late.end()).code).toBe(4401);
  });

  it('[X1] refuses a page of another origin', async () => {
    const team = newTeam();
    const token = await memberToken(team);
    const client = await knock(team, { token, headers: { origin: 'https://evil.example' } });
    expect(await client.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect((await client.end()).code).toBe(4401);
  });

  it('[S13] buffers at most one message while a token is verified', async () => {
    const team = newTeam();
    const client = await knock(team, { people: () => new Promise<never>(() => undefined) });
    client.send('auth', { token: await memberToken(team) });
    const half = 'x'.repeat(LIMITS.messageBytes / 2);
    for (const text of [half, half, 'x']) client.raw(text);
    expect(await client.next('error')).toMatchObject({ code: 'RATE_LIMIT' });
    expect(await client.end()).toMatchObject({ code: 4429 });
  });

  it('[G2] says so where it does not speak the dialect', async () => {
    const client = await knock(newTeam(), { dialect: '003' });
    expect(await client.next('error')).toMatchObject({ code: 'UNSUPPORTED_VERSION' });
    expect((await client.end()).code).toBe(4426);
  });

  it('[M4] [M3] passes output on as text, and input to the program', async () => {
    const { client, keeper } = await scene();
    keeper.print('he', 'llö');
    expect(await client.until(5)).toBe('hellö');
    expect(client.sequences).toEqual([2, 3]);
    client.send('agent:input', { agentId: 'one', data: 'ls\r' }, 'i');
    expect(await keeper.next('program:input')).toMatchObject({ data: 'ls\r' });
    expect(await client.next('ack')).toMatchObject({ messageId: 'i', success: true });
  });

  it('[B9] is one pair of hands: a second client is refused until it has asked and the first lets go', async () => {
    const { team, client, keeper } = await scene();
    client.send('agent:input', { agentId: 'one', data: 'mine' }, 'i');
    expect(await keeper.next('program:input')).toMatchObject({ data: 'mine' });
    const second = await knock(team);
    second.send('dashboard:connect', { token: await memberToken(team) });
    await second.next('agent:list');
    second.send('agent:input', { agentId: 'one', data: 'theirs' }, 'j');
    expect(await second.next('ack')).toMatchObject({ success: false, error: { code: 'INVALID_STATE' } });
    second.send('driver:request', { agentId: 'one' }, 'k');
    expect(await second.next('ack')).toMatchObject({ success: true, result: { driving: false } });
    client.send('driver:release', { agentId: 'one' }, 'l');
    await client.next('agent:status');
    second.send('agent:input', { agentId: 'one', data: 'theirs' }, 'm');
    expect(await keeper.next('program:input')).toMatchObject({ data: 'theirs' });
  });

  it('[S12] unpacks what is compressed, in its order, live and from what the room keeps', async () => {
    const { team, client, keeper } = await scene();
    let expected = '';
    const long = (n: number) => {
      const texts = [`${n}:`, 'much the same '.repeat(600), ';'];
      expected += texts.join('');
      return texts;
    };
    for (let n = 0; n < 20; n += 1) {
      if (n % 3 === 0) keeper.print(...long(n));
      else await keeper.squeeze(...long(n));
    }
    expect(await client.until(expected.length)).toBe(expected);
    const again = await knock(team);
    const cursors = { one: { epoch: E1, sequence: 1 } };
    again.send('dashboard:connect', { token: await memberToken(team), clientInfo: {}, cursors });
    expect(await again.until(expected.length)).toBe(expected);
    expect(again.sequences).toEqual(Array.from({ length: 60 }, (_, index) => index + 2));
    expect(client.sequences).toEqual(again.sequences);
  });

  it.each([
    ['larger', 100, 101],
    ['a bomb', 100, 50_000_000],
    ['smaller', 100, 99],
  ])('[S12] refuses a body that is %s here too', async (_how, told, size) => {
    const bytes = await lyingBatch(told, size);
    expect(await unpack(headerOf(bytes), bytes)).toMatchObject({ ok: false });
  });

  it('[S12] gives up a room link whose batch is a lie, and the client goes on', async () => {
    const { client, keeper } = await scene();
    keeper.print('a');
    await client.until(1);
    keeper.send(await lyingBatch(100, 50_000_000));
    client.send('ping', {}, 'p');
    expect(await client.next('pong')).toBeDefined();
    client.send('agent:get_state', { agentId: 'one' }, 's');
    expect(await client.next('ack')).toBeDefined();
    expect(client.output).toBe('a');
  });

  it('[S7] loses and doubles nothing while the room is evicted again and again, and its keeper sends anew what it forgot', async () => {
    const { client, keeper, room } = await scene();
    let expected = '';
    const print = (n: number) => {
      const texts = [`${n}a`, `${n}b,`];
      expected += texts.join('');
      keeper.print(...texts);
    };
    for (let n = 0; n < 5; n += 1) {
      print(n);
      await client.until(expected.length);
      await evictDurableObject(room);
    }
    print(5);
    expect(await client.until(expected.length)).toBe(expected);
    expect(client.sequences).toEqual(Array.from({ length: 12 }, (_, index) => index + 2));
  });

  it('[B1] goes on from the cursor of an earlier connection', async () => {
    const { team, client, keeper } = await scene();
    keeper.print('a', 'b', 'c');
    await client.until(3);
    client.close();
    const again = await knock(team);
    const cursors = { one: { epoch: E1, sequence: 2 } };
    again.send('dashboard:connect', { token: await memberToken(team), clientInfo: {}, cursors });
    expect(await again.until(2)).toBe('bc');
    keeper.print('d');
    expect(await again.until(3)).toBe('bcd');
  });

  it('[S7] dials a room again whose sockets were lost, from its cursor', async () => {
    const { client, keeper, room } = await scene();
    keeper.print('a', 'b');
    await client.until(2);
    keeper.raw(encodeMessage({ type: 'stream:flush', payload: {} }));
    await keeper.next('stream:ack');
    await runInDurableObject(room, (_, state) => {
      for (const socket of state.getWebSockets('viewer')) socket.close(1012, 'restart');
    });
    keeper.print('c', 'd');
    expect(await client.until(4)).toBe('abcd');
    expect(client.sequences).toEqual([2, 3, 4, 5]);
  });
});
