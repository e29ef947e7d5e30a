import type { Ack } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../src/agent-room/core/limits.ts';
import type { Claims } from '../../src/auth/claims.ts';
import { SOCKET } from '../../src/socket/limits.ts';
import { LOBBY } from '../../src/team-lobby/core/limits.ts';
import { dial, memberToken, newTeam } from '../front.ts';
import { agent } from '../poll/rig.ts';
import { placementOf } from './core/rig.ts';
import { dialViewer, memberClaims } from './dial.ts';
import { running } from './room-rig.ts';

const viewerOf = (member: string): Claims => ({ ...memberClaims('viewer'), member }) as never;
const stop = { type: 'agent:terminate', payload: { agentId: 'a' } } as never;

describe('[X19] seats', () => {
  it('a member at its limit in a room is told why, and an admin is admitted and answered', async () => {
    const { room, keeper } = await running();
    const eve = [];
    for (let at = 0; at < ROOM_LIMITS.sockets.member; at += 1)
      eve.push(await dialViewer(room, viewerOf('eve')));
    const late = await dialViewer(room, viewerOf('eve'));
    expect(await late.next('error')).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect((await late.until(() => late.closed)).code).toBe(1013);
    const admin = await dialViewer(room);
    await admin.next('agent:state');
    const asked = room.request(memberClaims(), stop, 'm1');
    const { requestId } = await keeper.next('program:terminate');
    expect(requestId).toBeDefined();
    const command = { type: 'command:request', payload: { agentId: 'a', command: 'ls' } } as never;
    expect(await room.request(memberClaims(), command, 'm2')).toMatchObject({ success: true });
    // The first one still waits for its keeper, and is answered when the agent is deleted.
    await room.bury(placementOf().spec.agentUid);
    expect(await asked).toMatchObject({ success: false, error: { code: 'AGENT_NOT_FOUND' } });
  });

  it('calls of one member that wait for an answer are at most so many, and others are still taken', async () => {
    const { room } = await running();
    const waiting: Promise<Ack>[] = [];
    for (let at = 0; at < ROOM_LIMITS.callsOfMember; at += 1)
      waiting.push(room.request(memberClaims(), stop, `w${at}`));
    expect(await room.request(memberClaims(), stop, 'more')).toMatchObject({
      error: { code: 'RESOURCE_EXHAUSTED' },
    });
    const bob = { ...memberClaims('operator'), member: 'bob' } as Claims;
    const state = { type: 'agent:get_state', payload: { agentId: 'a' } } as never;
    expect(await room.request(bob, state, 'b')).toMatchObject({ success: true });
    await room.bury(placementOf().spec.agentUid);
    for (const ack of await Promise.all(waiting)) expect(ack.success).toBe(false);
  });

  it('sockets without a token have places of their own, and take none of members’', async () => {
    const { room } = await running();
    for (let at = 0; at < SOCKET.unauthenticated; at += 1) await dialViewer(room, null);
    const stranger = await dialViewer(room, null);
    expect((await stranger.until(() => stranger.closed)).code).toBe(1013);
    await (await dialViewer(room)).next('agent:state');
  });

  it('at the lobby: by handshake and by a token in a message', async () => {
    const team = newTeam();
    await agent(team);
    const token = await memberToken(team, 'viewer', Date.now(), 'eve');
    for (let at = 0; at < LOBBY.seats.member; at += 1)
      await (await dial('/ws/dashboard', { team, token })).next('host:list');
    const late = await dial('/ws/dashboard', { team, token });
    expect((await late.end()).code).toBe(1013);
    const later = await dial('/ws/dashboard', { team });
    later.send({ type: 'auth', payload: { token } }, 'a');
    expect((await later.end()).code).toBe(1013);
    const ada = await dial('/ws/dashboard', { team, token: await memberToken(team) });
    await ada.next('host:list');
  });
});
