import { LIMITS } from '@muster/protocol';
import { expect, it } from 'vitest';
import { MemberDoor } from '../../src/socket/member-door.ts';
import type { Current, MemberRooms } from '../../src/socket/member-rooms.ts';
import type { Attached, Sockets } from '../../src/socket/sockets.ts';
import { MEMBER_BODY, NOW, TEAM } from '../auth/bodies.ts';

const never = () => new Promise<never>(() => undefined);
const auth = JSON.stringify({ type: 'auth', payload: { token: 'x' } });
const half = 'x'.repeat(LIMITS.messageBytes / 2);

/** A door with one socket, whose token is checked for ever; what it closed it with. */
function door(state: Attached<null>['auth']) {
  const closed: number[] = [];
  const attached = { connectionId: 'c', connectedAt: NOW, auth: state, data: null };
  const sockets = {
    all: () => [],
    read: () => attached,
    isOpen: () => true,
    refusal: () => null,
    send: () => true,
    close: (_socket: object, code: number) => closed.push(code),
  } as unknown as Sockets<null>;
  const rooms = { closed: () => undefined } as unknown as MemberRooms;
  const current = (() => undefined) as unknown as Current;
  const member = new MemberDoor(sockets, 'viewer', never, current, rooms);
  const socket = {} as WebSocket;
  return { closed, says: (text: string) => void member.said(socket, text, NOW) };
}

it('[S13] a stranger whose token is being checked is heard for as much as one message', () => {
  const { closed, says } = door({ state: 'waiting', team: TEAM, deadline: NOW + 5_000 });
  for (const text of [auth, half, half]) says(text);
  expect(closed).toEqual([]);
  says('x');
  expect(closed).toEqual([4429]);
});

it('[M11] a member who renews himself goes on, at the rate that he may', () => {
  const { sub: member, ...rest } = MEMBER_BODY;
  const claims = { ...rest, kind: 'member', member, agents: [], revision: 0, expiresAt: NOW } as const;
  const { closed, says } = door({ state: 'member', claims: { ...claims, agents: [] }, warned: false });
  for (const text of [auth, half, half, half]) says(text);
  expect(closed).toEqual([]);
});
