import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { ClientIdSchema } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AttachedRoomSocketSchema, type RoomSocket } from '../../src/agent-room/sockets.ts';
import { initialAuth } from '../../src/socket/auth.ts';
import { type Attached, HibernatingSockets } from '../../src/socket/hibernating-sockets.ts';
import { SOCKET } from '../../src/socket/limits.ts';
import { placementOf, TEAM } from '../agent-room/core/rig.ts';
import { dialViewer, memberClaims, newRoom, type ViewerLine } from '../agent-room/dial.ts';

const NOW = Date.now();
const clock = vi.spyOn(Date, 'now');
afterEach(() => clock.mockReset());

/** What a socket is told of one more message: null, or how long it has to wait, ms. */
async function says(viewer: ViewerLine): Promise<number | null> {
  const before = viewer.texts.length;
  viewer.sendMessage({ type: 'heartbeat', payload: {} });
  const answer = await viewer.until(() =>
    viewer.texts.slice(before).find((text) => /"heartbeat"|"error"/.test(text)),
  );
  const waits = /"retryAfter":(\d+)/.exec(answer);
  return waits === null ? null : Number(waits[1]);
}

async function many(viewer: ViewerLine, count: number): Promise<void> {
  const heard = () => viewer.texts.filter((text) => text.includes('"type":"heartbeat"')).length;
  const before = heard();
  for (let each = 0; each < count; each += 1) viewer.sendMessage({ type: 'heartbeat', payload: {} });
  await viewer.until(() => heard() === before + count);
}

async function placed() {
  const room = newRoom();
  await room.place(TEAM, placementOf());
  return room;
}

async function comes(room: Awaited<ReturnType<typeof placed>>): Promise<ViewerLine> {
  const viewer = await dialViewer(room, memberClaims('viewer', NOW + 3_600_000));
  await viewer.next('agent:state');
  return viewer;
}

/** A viewer's, of one and the same member. */
const seatOf = (): Attached<RoomSocket> => ({
  connectionId: crypto.randomUUID(),
  connectedAt: NOW,
  auth: initialAuth(memberClaims('viewer', NOW + 3_600_000), TEAM, NOW),
  data: {
    role: 'viewer',
    clientId: ClientIdSchema.parse('page'),
    address: null,
    subscription: null,
    chats: false,
    reads: [],
  },
});

describe('[L] what a socket may say', () => {
  it('is as much after an eviction: waiting retryAfter succeeds, 10 ms less fails', async () => {
    clock.mockReturnValue(NOW);
    const room = await placed();
    const viewer = await comes(room);
    await many(viewer, SOCKET.burst);
    expect(await says(viewer)).toBe(10);
    await evictDurableObject(room);
    expect(await says(viewer)).toBe(10);
    clock.mockReturnValue(NOW + 10);
    expect(await says(viewer)).toBeNull();
    expect(await says(viewer)).toBe(10);
  });

  it('is at most an eighth of the burst more where nothing was refused yet, and nothing is stored for a socket that sends little', async () => {
    clock.mockReturnValue(NOW);
    const room = await placed();
    const viewer = await comes(room);
    await many(viewer, SOCKET.burst - 10);
    await evictDurableObject(room);
    await many(viewer, 10);
    let more = 0;
    while ((await says(viewer)) === null) more += 1;
    expect(more).toBeLessThanOrEqual(SOCKET.burst / 8);
  });

  it('its member sends over all sockets: many do not help, also after an eviction', () =>
    runInDurableObject(newRoom(), (_, ctx) => {
      const waking = () => new HibernatingSockets(ctx, AttachedRoomSocketSchema);
      const before = waking();
      const open = () => before.accept(seatOf(), ['viewer']).socket;
      const say = (sockets: typeof before, socket: WebSocket, now: number) =>
        sockets.refusal(socket, 'x', true, now)?.error.details?.['retryAfter'] ?? null;
      for (let left: number = SOCKET.memberBurst; left > 0; left -= SOCKET.burst) {
        const socket = open();
        for (let each = 0; each < SOCKET.burst; each += 1) expect(say(before, socket, NOW)).toBeNull();
      }
      const [last, another] = [open(), open()];
      const retryAfter = 1_000 / SOCKET.memberMessagesPerSecond;
      expect(say(before, last, NOW)).toBe(retryAfter);
      const after = waking();
      expect(say(after, another, NOW)).toBe(retryAfter);
      expect(say(after, another, NOW + retryAfter)).toBeNull();
      expect(say(after, last, NOW + retryAfter)).toBe(retryAfter);
    }));

  it('of a member is as much after an eviction: waiting retryAfter succeeds, sooner fails', async () => {
    clock.mockReturnValue(NOW);
    const room = await placed();
    for (let left: number = SOCKET.memberBurst; left > 0; left -= SOCKET.burst)
      await many(await comes(room), SOCKET.burst);
    const [one, another] = [await comes(room), await comes(room)];
    const retryAfter = 1_000 / SOCKET.memberMessagesPerSecond;
    expect(await says(one)).toBe(retryAfter);
    await evictDurableObject(room);
    expect(await says(another)).toBe(retryAfter);
    clock.mockReturnValue(NOW + retryAfter - 1);
    expect(await says(one)).toBe(1);
    clock.mockReturnValue(NOW + retryAfter);
    expect(await says(another)).toBeNull();
    expect(await says(one)).toBe(retryAfter);
  });

  it('[S8] counts no acks, for its member neither', () =>
    runInDurableObject(newRoom(), (_, ctx) => {
      const sockets = new HibernatingSockets(ctx, AttachedRoomSocketSchema);
      const { socket } = sockets.accept(seatOf(), ['viewer']);
      for (let each = 0; each < 2 * SOCKET.memberBurst; each += 1) {
        expect(sockets.refusal(socket, 'x', true, NOW)).toBeNull();
        sockets.refund(socket);
      }
    }));

  it('is another member’s own', async () => {
    clock.mockReturnValue(NOW);
    const room = await placed();
    const viewer = await comes(room);
    await many(viewer, SOCKET.burst);
    expect(await says(viewer)).not.toBeNull();
    const other = await dialViewer(room, {
      ...memberClaims('viewer', NOW + 3_600_000),
      member: 'eve',
    } as never);
    await other.next('agent:state');
    expect(await says(other)).toBeNull();
  });
});
