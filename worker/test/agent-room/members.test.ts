import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { SqliteLobbyStore } from '../../src/team-lobby/storage/sqlite.ts';
import { Meter } from '../../src/usage.ts';
import { memberToken, newTeam } from '../front.ts';
import { placementOf, TEAM } from './core/rig.ts';
import { dialViewer, memberClaims } from './dial.ts';
import { running } from './room-rig.ts';

/** R3: a lobby acks what is told of agents that it has. */
async function listed(): Promise<void> {
  const lobby = env.LOBBIES.get(env.LOBBIES.idFromName(TEAM));
  const row = { ...placementOf(), createdAt: 0, roomKnows: true, pending: null };
  await runInDurableObject(lobby, (_, { storage }) =>
    new SqliteLobbyStore(storage, new Meter()).commit({ agents: [row] }),
  );
  await evictDurableObject(lobby);
}

describe('members at a room', () => {
  const token = (member = 'ada', team = TEAM) => memberToken(team, 'operator', Date.now(), member);

  it('let in by a message; what follows it at once waits for the token’s check', async () => {
    const { room } = await running();
    const viewer = await dialViewer(room, null);
    viewer.sendMessage({ type: 'auth', payload: { token: await token(), clientId: 'me' as never } }, 'a1');
    viewer.sendMessage({ type: 'subscribe:agent', payload: { agentId: 'a' as never } }, 's1');
    expect(await viewer.next('connection:ack')).toMatchObject({ member: { role: 'operator' } });
    await viewer.next('replay:end');
    expect(viewer.closed).toBeNull();
  });

  it('refused without a token within 5 s, with a bad one, and for another team', async () => {
    const { room } = await running();
    const late = await dialViewer(room, null);
    const soon = Date.now() + 6_000;
    await runInDurableObject(room, async (instance) => {
      const now = Date.now;
      Date.now = () => soon;
      try {
        await instance.alarm?.();
      } finally {
        Date.now = now;
      }
    });
    expect((await late.until(() => late.closed)).code).toBe(4401);
    for (const bad of ['x.y.z', await token('ada', newTeam())]) {
      const viewer = await dialViewer(room, null);
      viewer.sendMessage({ type: 'auth', payload: { token: bad } }, 'a1');
      expect(await viewer.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
      expect((await viewer.until(() => viewer.closed)).code).toBe(4401);
    }
  });

  it('[M11] renew in-band, and only as themselves', async () => {
    const { room } = await running();
    const viewer = await dialViewer(room, memberClaims('operator'));
    viewer.sendMessage({ type: 'auth:refresh', payload: { token: await token('eve') } }, 'r1');
    expect(await viewer.next('ack')).toMatchObject({ success: false, error: { code: 'AUTH_FAILED' } });
    viewer.sendMessage({ type: 'auth:refresh', payload: { token: await token() } }, 'r2');
    expect(await viewer.next('ack')).toMatchObject({ messageId: 'r2', success: true });
    expect(viewer.closed).toBeNull();
  });

  it('[H2] an alarm that is not needed any more rings once, and then there is none', async () => {
    await listed();
    const { room, keeper } = await running();
    const viewer = await dialViewer(room);
    await viewer.next('agent:state');
    const alarmAt = () => runInDurableObject(room, (_, state) => state.storage.getAlarm());
    expect(await alarmAt()).not.toBeNull();
    viewer.close();
    await viewer.until(() => viewer.closed);
    keeper.sendMessage({ type: 'stream:flush', payload: {} });
    await keeper.next('stream:ack');
    // When history is told of the agent, too.
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_000);
    await runDurableObjectAlarm(room);
    later.mockRestore();
    expect(await alarmAt()).toBeNull();
  });
});
