import { LIMITS } from '@muster/protocol';
import { expect, it } from 'vitest';
import type { Attached, HibernatingSockets } from '../../src/socket/hibernating-sockets.ts';
import { MemberSocketAuthenticator } from '../../src/socket/member-socket-authenticator.ts';
import type { MemberSocketHandler, ResolveCurrentClaims } from '../../src/socket/member-socket-handler.ts';
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
  } as unknown as HibernatingSockets<null>;
  const handler = { handleClose: () => undefined } as unknown as MemberSocketHandler;
  const current = (() => undefined) as unknown as ResolveCurrentClaims;
  const member = new MemberSocketAuthenticator(sockets, 'viewer', never, current, handler);
  const socket = {} as WebSocket;
  return { closed, says: (text: string) => void member.handleMessage(socket, text, NOW) };
}

it('[S13] a socket without a member may send one message while its token is verified', () => {
  const { closed, says } = door({ state: 'waiting', team: TEAM, deadline: NOW + 5_000 });
  for (const text of [auth, half, half]) says(text);
  expect(closed).toEqual([]);
  says('x');
  expect(closed).toEqual([4429]);
});

it('[M11] a member that renews its token goes on, at its own rate', () => {
  const { sub: member, ...rest } = MEMBER_BODY;
  const claims = { ...rest, kind: 'member', member, agents: [], revision: 0, expiresAt: NOW } as const;
  const { closed, says } = door({ state: 'member', claims: { ...claims, agents: [] }, warned: false });
  for (const text of [auth, half, half, half]) says(text);
  expect(closed).toEqual([]);
});
