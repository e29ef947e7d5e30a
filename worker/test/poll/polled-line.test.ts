import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { decodeServer, type PolledFrame } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { E1, output } from '../agent-room/core/rig.ts';
import { dialViewer, memberClaims, sameRoom } from '../agent-room/dial.ts';
import { call, dashboard, lobbyStub, memberToken, newTeam } from '../front.ts';
import { agent, Poller } from './rig.ts';

const ROOM = '/api/agents/one/events';
const subscribe = { type: 'subscribe:agent', id: 's', payload: { agentId: 'one', history: 'full' } };

afterEach(() => {
  vi.useRealTimers();
});

const typeOf = (text: string) => {
  const decoded = decodeServer(text);
  return decoded.ok ? decoded.value.message.type : text;
};
const closeOf = (frames: readonly PolledFrame[]) => frames.find(({ kind }) => kind === 'close');

/** A line that reads its agent's output. */
async function reading(team: ReturnType<typeof newTeam>, token: string): Promise<Poller> {
  const poller = new Poller(ROOM, { team, token });
  await poller.poll();
  await poller.send(subscribe);
  await poller.until(() => poller.of('replay:end'));
  return poller;
}

describe('a polled line to a room', () => {
  it('[G5] has the frames of a socket in their order, and each binary one byte for byte', async () => {
    const team = newTeam();
    const { token, keeper, room } = await agent(team);
    for (let sequence = 2; sequence < 10; sequence += 1) keeper.send(output(E1, sequence, `${sequence} `));
    const socket = await dialViewer(room, { ...memberClaims(), team });
    socket.sendMessage(
      { type: 'subscribe:agent', payload: { agentId: 'one' as never, history: 'full' } },
      's',
    );
    await socket.next('replay:end');
    const told = socket.texts.length;
    const poller = await reading(team, token);
    for (let sequence = 10; sequence < 40; sequence += 1) keeper.send(output(E1, sequence, `${sequence} `));
    await socket.until(() => socket.text().endsWith('39 '));
    await poller.until(() => poller.text.endsWith('39 '));
    expect(poller.text).toBe(socket.text());
    expect(poller.binaries.slice(-30)).toEqual(socket.batches.slice(-30).map(({ bytes }) => bytes));
    const types = poller.frames.flatMap((frame) => (frame.kind === 'text' ? [typeOf(frame.text)] : []));
    expect(types.slice(0, told)).toEqual(socket.texts.slice(0, told).map(typeOf));
  });

  it('[S7] an eviction of the room between polls loses and doubles nothing', async () => {
    const team = newTeam();
    const { token, keeper, room } = await agent(team);
    const poller = await reading(team, token);
    for (let sequence = 2; sequence < 8; sequence += 1) {
      keeper.send(output(E1, sequence, `${sequence} `));
      await poller.until(() => poller.text.includes(`${sequence} `));
      keeper.sendMessage({ type: 'stream:flush', payload: {} });
      await keeper.next('stream:ack');
      await evictDurableObject(room as unknown as DurableObjectStub);
    }
    expect(poller.text).toBe('2 3 4 5 6 7 ');
  });

  it('[G5] a reset of the line ends it as a socket ends; its poller goes on from its cursor on another', async () => {
    const team = newTeam();
    const { token, keeper } = await agent(team);
    const poller = await reading(team, token);
    keeper.send(output(E1, 2, 'before '));
    await poller.until(() => poller.text === 'before ');
    await expect(runInDurableObject(poller.object, (_, ctx) => ctx.abort('reset'))).rejects.toThrow('reset');
    keeper.send(output(E1, 3, 'after'));
    expect(closeOf(await poller.poll())).toMatchObject({ kind: 'close', code: 1001 });
    expect((await poller.send({ type: 'ping' })).status).toBe(409);
    const next = new Poller(ROOM, { team, token });
    await next.poll({ after: `${E1}:2`, history: 'full' });
    await next.until(() => next.text !== '');
    expect(next.text).toBe('after');
  });

  it('[G5] an answer that was lost is given again, and what was said twice is taken once', async () => {
    const team = newTeam();
    const { token, keeper, room } = await agent(team);
    const poller = await reading(team, token);
    keeper.send(output(E1, 2, 'x'));
    const [first, second] = [await poller.ask({ wait: '5000' }), await poller.ask({ wait: '5000' })];
    expect(await first.bytes()).toEqual(await second.bytes());
    const got = { type: 'agent:get_state', id: 'g', payload: { agentId: 'one' } };
    const body = JSON.stringify(got);
    const path = `/api/messages?line=${poller.line}&from=2`;
    for (let times = 0; times < 2; times += 1)
      expect((await call('POST', path, { team, token, body })).status).toBe(204);
    await poller.until(() => poller.of('ack')?.messageId === 'g');
    await poller.poll({ wait: '50' });
    const acks = poller.messages.filter(({ type, payload }) => type === 'ack' && payload.messageId === 'g');
    expect(acks).toHaveLength(1);
    expect((await room.state())?.agent.viewers).toBe(1);
  });

  it('[S8] `after` of a later poll is what was consumed: the room goes on feeding', async () => {
    const team = newTeam();
    const { token, keeper } = await agent(team);
    const chunk = 'y'.repeat(10_000);
    const last = 1 + 200;
    for (let sequence = 2; sequence <= last; sequence += 1) keeper.send(output(E1, sequence, chunk));
    const poller = new Poller(ROOM, { team, token });
    const bytes = (last - 1) * chunk.length;
    let polls = 0;
    while (poller.text.length < bytes) {
      const at = poller.text.length === 0 ? 0 : 1 + poller.text.length / chunk.length;
      await poller.poll({ after: `${E1}:${at}`, history: 'full' });
      polls += 1;
    }
    expect(poller.text).toBe(chunk.repeat(last - 1));
    expect(polls).toBeGreaterThan(2);
  });

  it('[G5] nobody else’s poll reaches it, and it leads to one place only', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const poller = await reading(team, token);
    const other = await memberToken(team, 'admin', Date.now(), 'eve');
    const path = `/api/messages?line=${poller.line}`;
    const said = await call('POST', path, { team, token: other, body: { type: 'ping' } });
    expect(await said.json()).toMatchObject({ error: { code: 'INVALID_STATE' } });
    const elsewhere = await call('GET', `/api/events?line=${poller.line}`, { team, token });
    expect(await elsewhere.json()).toMatchObject({ error: { details: { field: 'line' } } });
  });

  it('[B9] its poller is a viewer like any other, until it hangs up', async () => {
    const team = newTeam();
    const { token, room } = await agent(team);
    const poller = await reading(team, token);
    await poller.send({ type: 'driver:request', id: 'd', payload: { agentId: 'one' } });
    await poller.until(() => poller.of('ack')?.messageId === 'd');
    expect(poller.of('ack')).toMatchObject({ success: true });
    expect(poller.of('driver:changed')).toMatchObject({ driver: { memberId: 'ada', clientId: poller.line } });
    expect((await room.state())?.agent.viewers).toBe(1);
    const gone = await call('DELETE', `/api/events?line=${poller.line}`, { team, token });
    expect(gone.status).toBe(204);
    expect(closeOf(await poller.poll())).toMatchObject({ code: 1001 });
    expect((await sameRoom(room as unknown as DurableObjectStub).state())?.agent.viewers).toBe(0);
  });
});

describe('the end of a line', () => {
  it('[N1] comes from the room as on a socket, and is all that comes', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const poller = await reading(team, token);
    await call('DELETE', '/api/agents/one', { team, token });
    await poller.until(() => closeOf(poller.frames));
    expect(poller.frames.at(-1)).toMatchObject({ kind: 'close', code: 4404 });
    expect(await poller.poll()).toMatchObject([{ kind: 'close', code: 1001 }]);
  });

  it('[G5] comes 15 s after its last poll, and leaves nothing', async () => {
    const team = newTeam();
    const { token, room } = await agent(team);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const poller = new Poller(ROOM, { team, token });
    await poller.poll({ history: 'full' });
    const passes = (ms: number) => runInDurableObject(poller.object, () => void vi.advanceTimersByTime(ms));
    const viewers = async () => (await room.state())?.agent.viewers;
    await passes(14_999);
    expect(await viewers()).toBe(1);
    await passes(1);
    expect(await viewers()).toBe(0);
    expect(closeOf(await poller.poll())).toMatchObject({ code: 1001 });
    const kept = await runInDurableObject(poller.object, (_, { storage }) => storage.list());
    expect([kept.size, await runInDurableObject(poller.object, (_, ctx) => ctx.storage.getAlarm())]).toEqual([
      0,
      null,
    ]);
  });

  it('[H1] does not come for silence: a poll says that its poller is there', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    vi.useFakeTimers({ toFake: ['Date'] });
    const poller = new Poller('/api/events', { team, token });
    await poller.until(() => poller.of('host:list'));
    for (const seconds of [25, 25, 25]) {
      vi.setSystemTime(Date.now() + seconds * 1_000);
      await poller.poll({ wait: '20' });
      await runDurableObjectAlarm(lobbyStub(team));
    }
    expect(closeOf(poller.frames)).toBeUndefined();
    expect(poller.frames.some((frame) => frame.kind === 'text' && frame.text === 'pong')).toBe(false);
  });
});

describe('a poll without a line', () => {
  it('[G5] gives what comes after a cursor, or waits for it, and leaves nothing behind', async () => {
    const team = newTeam();
    const { token, keeper, room } = await agent(team);
    keeper.send(output(E1, 2, 'old '));
    keeper.send(output(E1, 3, 'new '));
    const once = async (after: string) => {
      const poller = new Poller(ROOM, { team, token });
      await poller.once({ after, history: 'full' });
      return poller.text;
    };
    expect(await once(`${E1}:2`)).toBe('new ');
    const waiting = once(`${E1}:3`);
    keeper.send(output(E1, 4, 'newest'));
    expect(await waiting).toBe('newest');
    expect((await room.state())?.agent.viewers).toBe(0);
  });

  it('[G5] gives the lists of the lobby', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const poller = new Poller('/api/events', { team, token });
    await poller.once();
    expect(poller.messages.map(({ type }) => type)).toEqual(['connection:ack', 'agent:list', 'host:list']);
  });
});

describe('a polled line to the lobby', () => {
  it('[G5] hears what every dashboard hears, and waits for it', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const poller = new Poller('/api/events', { team, token });
    const viewer = await dashboard(team);
    await poller.until(() => poller.of('host:list'));
    const waiting = poller.until(() => poller.of('agent:deleted'));
    viewer.send({ type: 'agent:delete', payload: { agentId: 'one' as never } }, 'del');
    expect(await waiting).toMatchObject({ agentId: 'one' });
  });
});
