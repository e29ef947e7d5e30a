import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import type { ViewerMessage } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { RoomRpc } from '../../src/rpc.ts';
import { E1, event, output, placementOf, TEAM } from './core/rig.ts';
import {
  dialKeeper,
  dialViewer,
  hostClaims,
  type KeeperLine,
  memberClaims,
  newRoom,
  sameRoom,
} from './dial.ts';
import { running } from './room-rig.ts';

const watch = async (room: ReturnType<typeof newRoom>, after?: { epoch: typeof E1; sequence: number }) => {
  const viewer = await dialViewer(room);
  const wish = { agentId: 'a' as never, ...(after === undefined ? {} : { after }) };
  viewer.sendMessage({ type: 'subscribe:agent', payload: wish }, 's');
  await viewer.next('replay:end');
  return viewer;
};

describe('a room on the platform', () => {
  it('[S6] a viewer is told who it is, then the state; output flows to it', async () => {
    const { room, keeper } = await running();
    const viewer = await dialViewer(room);
    expect(await viewer.next('connection:ack')).toMatchObject({ member: { id: 'ada', role: 'admin' } });
    expect(await viewer.next('agent:state')).toMatchObject({
      agentId: 'a',
      asOf: { epoch: E1, sequence: 1 },
    });
    viewer.sendMessage({ type: 'subscribe:agent', payload: { agentId: 'a' as never } }, 's');
    expect(await viewer.next('ack')).toMatchObject({ messageId: 's', success: true });
    await viewer.next('replay:end');
    keeper.send(output(E1, 2, 'hello '));
    keeper.send(output(E1, 3, 'there'));
    expect(await viewer.until(() => viewer.text() === 'hello there')).toBe(true);
  });

  it('[S3, S7] an eviction between any two batches loses and doubles nothing', async () => {
    const { room, keeper } = await running();
    const viewer = await watch(room);
    for (let sequence = 2; sequence < 12; sequence += 1) {
      keeper.send(output(E1, sequence, `${sequence} `));
      await viewer.until(() => viewer.text().includes(`${sequence} `));
      if (sequence % 2 === 0) {
        keeper.sendMessage({ type: 'stream:flush', payload: {} });
        await keeper.next('stream:ack');
      }
      await evictDurableObject(room);
      if (sequence % 2 === 1) {
        keeper.send(output(E1, sequence + 1, 'early'));
        expect(await keeper.next('stream:resend')).toEqual({ epoch: E1, from: sequence });
        keeper.send(output(E1, sequence, `${sequence} `));
      }
    }
    const second = await watch(room);
    expect(await second.until(() => second.text())).toBe('2 3 4 5 6 7 8 9 10 11 ');
  });

  it('[S4] what was acked is there after an eviction, state and segments alike', async () => {
    const { room, keeper } = await running();
    keeper.send(output(E1, 2, 'kept'));
    keeper.send(event(E1, 3, { type: 'program:status', status: 'running', pid: 42 }));
    await keeper.next('stream:ack');
    await evictDurableObject(room);
    const viewer = await watch(room, { epoch: E1, sequence: 1 });
    expect(viewer.text()).toBe('kept');
    expect(await room.state()).toMatchObject({
      agent: { status: 'running', pid: 42 },
      asOf: { sequence: 3 },
    });
  });

  it('[S4, H2] a stored tail is one row, and a room that is only woken writes none', async () => {
    const { room, keeper } = await running();
    const before = await room.usage();
    for (let sequence = 2; sequence < 7; sequence += 1) {
      keeper.send(output(E1, sequence, 'x'));
      keeper.sendMessage({ type: 'stream:flush', payload: {} });
      await keeper.next('stream:ack');
    }
    const { starts, messages, rowsWritten } = await room.usage();
    expect(rowsWritten - before.rowsWritten).toBe(5);
    expect(messages - before.messages).toBe(10);
    await evictDurableObject(room);
    expect(await sameRoom(room).usage()).toMatchObject({ starts: starts + 1, messages, rowsWritten });
  });

  it('[I1] a request over a socket is acked when the keeper has done it, across an eviction', async () => {
    const { room, keeper } = await running();
    const viewer = await watch(room);
    viewer.sendMessage({ type: 'agent:pause', payload: { agentId: 'a' as never } }, 'm1');
    const { requestId } = await keeper.next('program:pause');
    await evictDurableObject(room);
    keeper.send(event(E1, 2, { type: 'request:done', requestId }));
    await viewer.until(() => viewer.texts.some((text) => text.includes('"messageId":"m1"')));
  });

  it('[I1] and over REST', async () => {
    const { room, keeper } = await running();
    const claims = memberClaims();
    const asked = room.request(claims, { type: 'agent:pause', payload: { agentId: 'a' as never } }, 'r1');
    const { requestId } = await keeper.next('program:pause');
    keeper.send(event(E1, 2, { type: 'request:done', requestId }));
    expect(await asked).toEqual({ messageId: 'r1', success: true });
    const repeated = room.request(claims, { type: 'agent:pause', payload: { agentId: 'a' as never } }, 'r1');
    expect(await repeated).toEqual({ messageId: 'r1', success: true });
  });

  it('[N2] a keeper of another host, or of a lower generation, is closed with 4409', async () => {
    const { room } = await running();
    const other = await dialKeeper(room, hostClaims('99999999-9999-4999-8999-999999999999'));
    expect((await other.until(() => other.closed)).code).toBe(4409);
    await room.place(TEAM, placementOf(2));
    const old = await dialKeeper(room);
    old.hello(1);
    expect((await old.until(() => old.closed)).code).toBe(4409);
  });

  it("[N2] a socket of another host is none of the room's: its connection ends at once, not when the room sleeps", async () => {
    const { room } = await running();
    const other = await dialKeeper(room, hostClaims('99999999-9999-4999-8999-999999999999'));
    await other.until(() => other.closed);
    expect(await runInDurableObject(room, (_, state) => state.getWebSockets().length)).toBe(1);
  });

  it('[N2] the newest hello wins, also after an eviction', async () => {
    const { room, keeper } = await running();
    const newer = await dialKeeper(room);
    newer.hello();
    await newer.next('room:welcome');
    await keeper.until(() => keeper.closed);
    await evictDurableObject(room);
    newer.send(output(E1, 2, 'from the newer'));
    newer.sendMessage({ type: 'stream:flush', payload: {} });
    expect(await newer.next('stream:ack')).toEqual({ epoch: E1, sequence: 2 });
  });

  it('[N1] a deleted room is gone: sockets closed with 4404, nothing stored, nobody admitted', async () => {
    const { room, keeper } = await running();
    const viewer = await watch(room);
    await room.bury(placementOf().spec.agentUid);
    expect((await viewer.until(() => viewer.closed)).code).toBe(4404);
    expect((await keeper.until(() => keeper.closed)).code).toBe(4404);
    expect(await room.state()).toBeNull();
    const late = await dialKeeper(room);
    expect((await late.until(() => late.closed)).code).toBe(4404);
    expect(await runInDurableObject(room, (_, state) => state.storage.list())).toEqual(new Map());
  });

  it('[N1, I1] a placement that its burial overtook brings nothing back, now or after an eviction', async () => {
    const { room, keeper } = await running();
    const message: ViewerMessage = { type: 'agent:pause', payload: { agentId: 'a' as never } };
    const asked = room.request(memberClaims(), message, 'once');
    const { requestId } = await keeper.next('program:pause');
    keeper.send(event(E1, 2, { type: 'request:done', requestId }));
    await asked;
    await room.bury(placementOf().spec.agentUid);
    for (const generation of [1, 2]) {
      await runInDurableObject(room, (instance) =>
        expect((instance as unknown as RoomRpc).place(TEAM, placementOf(generation))).rejects.toThrow(
          'deleted',
        ),
      );
      const again = await room.request(memberClaims(), message, 'once');
      expect(again).toMatchObject({ success: false, error: { code: 'AGENT_NOT_FOUND' } });
      const viewer = await dialViewer(room);
      expect(await viewer.next('error')).toMatchObject({ code: 'AGENT_NOT_FOUND' });
      expect((await viewer.until(() => viewer.closed)).code).toBe(4404);
      const late = await dialKeeper(room);
      expect((await late.until(() => late.closed)).code).toBe(4404);
      await evictDurableObject(room);
    }
    await runInDurableObject(room, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull();
      const tables = storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      );
      expect(tables.toArray()).toEqual([{ name: 'buried' }]);
    });
  });

  it('[N1] a room that is deleted before it was ever placed stays so; deleting it again costs nothing', async () => {
    const room = newRoom();
    const { agentUid } = placementOf().spec;
    await room.bury(agentUid);
    await evictDurableObject(room);
    const before = (await room.usage()).rowsWritten;
    await room.bury(agentUid);
    expect((await room.usage()).rowsWritten).toBe(before);
    await runInDurableObject(room, (instance) =>
      expect((instance as unknown as RoomRpc).place(TEAM, placementOf())).rejects.toThrow('deleted'),
    );
    expect(await room.state()).toBeNull();
  });

  it('[N1] a socket that came while it was deleted is closed too', async () => {
    const { room } = await running();
    const viewer = await runInDurableObject(room, async (instance) => {
      const dying = (instance as unknown as RoomRpc).bury(placementOf().spec.agentUid);
      const late = await dialViewer(instance as unknown as ReturnType<typeof newRoom>);
      await dying;
      return late;
    });
    expect((await viewer.until(() => viewer.closed)).code).toBe(4404);
  });

  it('[S4] a write that fails acks nothing and restarts the room, which asks for the rest again', async () => {
    const { room, keeper } = await running();
    await runInDurableObject(room, (_, state) => {
      state.storage.sql.exec(
        "CREATE TRIGGER full BEFORE UPDATE ON segments BEGIN SELECT RAISE(ABORT, 'full'); END",
      );
    });
    keeper.send(output(E1, 2, 'kept on the host'));
    keeper.sendMessage({ type: 'stream:flush', payload: {} });
    await keeper.until(() => keeper.closed);
    expect(keeper.texts.filter((text) => text.includes('stream:ack'))).toHaveLength(1);
    const restarted = sameRoom(room);
    await runInDurableObject(restarted, (_, state) => {
      state.storage.sql.exec('DROP TRIGGER full');
    });
    const again = await dialKeeper(restarted);
    again.hello();
    expect(await again.next('room:welcome')).toMatchObject({ epoch: E1, next: 2 });
  });

  it('closes what a keeper should not send, so that it comes back', async () => {
    const { room } = await running();
    for (const junk of ['{', '{"type":"stream:flush","payload":3}', Uint8Array.of(9, 9, 9)]) {
      const keeper: KeeperLine = await dialKeeper(room);
      keeper.send(junk);
      expect((await keeper.until(() => keeper.closed)).code).toBe(1007);
    }
  });
});
