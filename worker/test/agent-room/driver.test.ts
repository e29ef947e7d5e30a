import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { ClientIdSchema, encodeInput, INPUT_VERSION, type Role } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { E1, opened, placementOf, TEAM } from './core/rig.ts';
import { dialKeeper, dialViewer, memberClaims, newRoom, type ViewerLine } from './dial.ts';

const agentId = 'a' as never;

async function running(inputVersions?: number[]) {
  const room = newRoom();
  await room.place(TEAM, placementOf());
  const keeper = await dialKeeper(room);
  keeper.hello(1, inputVersions);
  await keeper.next('room:welcome');
  keeper.send(opened(E1));
  await keeper.next('stream:ack');
  return { room, keeper };
}

async function watch(room: ReturnType<typeof newRoom>, name: string, role: Role = 'operator') {
  const claims = { ...memberClaims(role), member: name.toLowerCase() as never, name };
  const viewer = await dialViewer(room, claims, `?client=page-of-${name}`);
  viewer.sendMessage({ type: 'subscribe:agent', payload: { agentId } }, 's');
  await viewer.next('replay:end');
  return viewer;
}

const type = (viewer: ViewerLine, data: string, id = data) =>
  viewer.sendMessage({ type: 'agent:input', payload: { agentId, data } }, id);

describe('[B9d] the driver lease on the platform', () => {
  it('the driver and the clients that ask outlive an eviction, and so does what others may not', async () => {
    const { room, keeper } = await running();
    const grace = await watch(room, 'Grace');
    const bob = await watch(room, 'Bob');
    type(grace, 'one');
    expect(await keeper.next('program:input')).toMatchObject({ data: 'one' });
    bob.sendMessage({ type: 'driver:request', payload: { agentId } }, 'ask');
    await grace.until(() => grace.texts.some((text) => text.includes('"reason":"waiting"')));
    await evictDurableObject(room);
    expect((await room.state())?.keyboard).toMatchObject({
      driver: { memberId: 'grace', clientId: 'page-of-Grace' },
      asking: [{ memberId: 'bob' }],
    });
    type(bob, 'not mine');
    await bob.until(() => bob.texts.some((text) => text.includes('Grace is driving')));
    grace.sendMessage({ type: 'driver:grant', payload: { agentId, clientId: 'page-of-Bob' as never } }, 'g');
    await bob.until(() => bob.texts.some((text) => text.includes('"reason":"granted"')));
    type(bob, 'two');
    expect(await keeper.next('program:input')).toMatchObject({ data: 'two' });
  });

  it('[I2] [L] keys that come as a frame reach a keeper that takes them byte for byte, under their member’s name, after an eviction too', async () => {
    const { room, keeper } = await running([INPUT_VERSION]);
    const grace = await watch(room, 'Grace');
    const bob = await watch(room, 'Bob');
    const keys = (inputSequence: number, clientId = 'page-of-Grace') =>
      encodeInput({
        clientId: ClientIdSchema.parse(clientId),
        inputSequence,
        commandId: undefined,
        answer: false,
        data: Uint8Array.of(0xff, 0, inputSequence),
      });
    grace.send(keys(1));
    expect(await keeper.until(() => keeper.typed[0])).toEqual(keys(1, '5:gracepage-of-Grace'));
    await evictDurableObject(room);
    grace.send(keys(2));
    expect(await keeper.until(() => keeper.typed[1])).toEqual(keys(2, '5:gracepage-of-Grace'));
    bob.send(keys(3));
    await bob.until(() => bob.texts.some((text) => text.includes('Grace is driving')));
    bob.send(Uint8Array.of(1, 2, 3));
    await bob.until(() => bob.texts.some((text) => text.includes('INVALID_MESSAGE')));
    expect(keeper.typed).toHaveLength(2);
  });

  it('presence is sent whole after an eviction too, when a client comes or goes', async () => {
    const { room } = await running();
    const grace = await watch(room, 'Grace');
    await evictDurableObject(room);
    const bob = await watch(room, 'Bob');
    const names = (line: ViewerLine) => line.texts.findLast((text) => text.includes('presence:update')) ?? '';
    await grace.until(() => names(grace).includes('Bob') && names(grace).includes('Grace'));
    bob.close();
    await grace.until(() => !names(grace).includes('Bob'));
  });

  it('[H2] a driver that leaves sets the alarm, which frees the lease', async () => {
    const { room } = await running();
    const grace = await watch(room, 'Grace');
    const bob = await watch(room, 'Bob');
    type(grace, 'one');
    await bob.next('driver:changed');
    grace.close();
    const watchers = () => bob.texts.findLast((text) => text.includes('presence:update')) ?? 'Grace';
    await bob.until(() => !watchers().includes('Grace'));
    const soon = Date.now() + 11_000;
    await runInDurableObject(room, async (instance, state) => {
      const alarm = await state.storage.getAlarm();
      expect(alarm).toBeLessThanOrEqual(soon);
      const now = Date.now;
      Date.now = () => soon;
      try {
        await instance.alarm?.();
      } finally {
        Date.now = now;
      }
    });
    expect(await bob.next('driver:changed')).toMatchObject({ driver: null, reason: 'left' });
  });

  it('over REST a member types where nobody drives, and is told who does', async () => {
    const { room, keeper } = await running();
    const message = { type: 'agent:input' as const, payload: { agentId, data: 'script' } };
    expect(await room.request(memberClaims('operator'), message, 'r1')).toMatchObject({ success: true });
    expect(await keeper.next('program:input')).toMatchObject({ data: 'script' });
    const grace = await watch(room, 'Grace');
    type(grace, 'one');
    await grace.next('driver:changed');
    expect(await room.request(memberClaims('operator'), message, 'r2')).toMatchObject({
      success: false,
      error: { code: 'INVALID_STATE', details: { driver: 'grace' } },
    });
  });
});
