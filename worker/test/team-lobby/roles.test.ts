import { env } from 'cloudflare:workers';
import { type Ack, ROLES, VIEWER_MESSAGES, type ViewerMessage, type ViewerType } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { SOCKET } from '../../src/socket/limits.ts';
import { dashboard, memberBody, memberToken, newTeam, type Viewer } from '../front.ts';

/** A payload that passes the schema, for every message there is: adding one without a row does not compile. */
const PAYLOADS: { readonly [T in ViewerType]: unknown } = {
  auth: { token: 'x' },
  'auth:refresh': { token: 'x' },
  'dashboard:connect': {},
  heartbeat: {},
  ping: {},
  'agent:create': { name: 'One' },
  'agent:update': { agentId: 'one' },
  'agent:delete': { agentId: 'one' },
  'agent:start': { agentId: 'one' },
  'agent:terminate': { agentId: 'one' },
  'agent:pause': { agentId: 'one' },
  'agent:resume': { agentId: 'one' },
  'agent:restart': { agentId: 'one' },
  'agent:input': { agentId: 'one', data: 'x' },
  'agent:resize': { agentId: 'one', cols: 80, rows: 24 },
  'agent:signal': { agentId: 'one', signal: 'SIGINT' },
  'command:request': { agentId: 'one', command: 'ls' },
  'agent:command': { agentId: 'one', command: 'ls' },
  'command:interrupt': { commandId: 'one.1' },
  'command:cancel': { commandId: 'one.1' },
  'command:move': { commandId: 'one.1', position: 1 },
  'command:edit': { commandId: 'one.1', command: 'ls' },
  'command:retry': { commandId: 'one.1' },
  'agent:get_state': { agentId: 'one' },
  'agent:seen': { agentId: 'one' },
  'driver:request': { agentId: 'one' },
  'driver:release': { agentId: 'one' },
  'driver:grant': { agentId: 'one', clientId: 'c' },
  'driver:decline': { agentId: 'one', clientId: 'c' },
  'conversation:create': { agentId: 'one' },
  'conversation:join': { conversationId: 'one.c' },
  'conversation:leave': { conversationId: 'one.c' },
  'conversation:cancel': { conversationId: 'one.c' },
  'conversation:configure': { conversationId: 'one.c', configId: 'mode', value: 'plan' },
  'conversation:sign-in': { conversationId: 'one.c', methodId: 'key' },
  'conversation:rename': { conversationId: 'one.c', title: 'One' },
  'conversation:close': { conversationId: 'one.c' },
  'chat:message': { conversationId: 'one.c', content: 'Hello' },
  'chat:edit': { conversationId: 'one.c', messageId: 'm', content: 'Hello' },
  'chat:withdraw': { conversationId: 'one.c', messageId: 'm' },
  'chat:move': { conversationId: 'one.c', messageId: 'm', position: 1 },
  typing: { conversationId: 'one.c', typing: true },
  'permission:respond': { permissionId: 'one.p', digest: 'a'.repeat(64), optionId: 'once' },
  'elicitation:respond': { permissionId: 'one.p', digest: 'a'.repeat(64), action: 'accept' },
  'policy:change': { agentId: 'one', rules: [] },
  'page:focus': { agentId: null, visible: false },
  'attention:seen': { eventId: 'e' },
  'subscribe:agent': {},
  unsubscribe: { subscriptionId: 'none' },
  'flow:ack': { epoch: '0000000000000001', sequence: 1 },
};
/** L: the next message after so many, and their own, is refused. */
const OTHERS = SOCKET.burst - 1;

const types = Object.keys(PAYLOADS) as ViewerType[];

const refusedForRole = ({ error }: Pick<Ack, 'error'>) => error?.code === 'INSUFFICIENT_PERMISSIONS';

describe('[X5] battery 12: every role, every message, by the one table', () => {
  it.each(ROLES)('a %s on the lobby socket', async (role) => {
    const viewer = await dashboard(newTeam(), role);
    for (const type of types) {
      const least = VIEWER_MESSAGES[type].least;
      const message = { type, payload: PAYLOADS[type] } as ViewerMessage;
      const allowed = least === 'anyone' || ROLES.indexOf(role) >= ROLES.indexOf(least);
      if (type === 'heartbeat' || type === 'ping') {
        viewer.send(message, type);
        await viewer.next(type === 'ping' ? 'pong' : 'heartbeat');
        continue;
      }
      expect(refusedForRole(await viewer.ask(message, type)), `${role} ${type}`).toBe(!allowed);
    }
  });

  it.each(ROLES)('a %s over REST', async (role) => {
    const team = newTeam();
    const { sub: member, name } = memberBody(team, role);
    await memberToken(team, role);
    const claims = {
      kind: 'member' as const,
      member,
      team,
      role,
      name,
      agents: [],
      sid: 'session-ada',
      revision: 0,
      expiresAt: Date.now() + 60_000,
    };
    for (const type of types) {
      const least = VIEWER_MESSAGES[type].least;
      if (least === 'anyone') continue;
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least);
      const message = { type, payload: PAYLOADS[type] } as ViewerMessage;
      const ack = await lobbyOf(env, team).request(claims, message, type);
      expect(refusedForRole(ack), `${role} ${type}`).toBe(!allowed);
    }
  });
});

/** What the last ping says, that its pong is known. */
const LAST = 7;

/** Whether that ping was refused. */
function isLimited(viewer: Viewer): Promise<boolean> {
  const ponged = async (): Promise<boolean> =>
    (await viewer.next('pong')).timestamp === LAST ? false : ponged();
  const refused = async (): Promise<boolean> =>
    (await viewer.next('error')).code === 'RATE_LIMIT' ? true : refused();
  return Promise.race([ponged(), refused()]);
}

describe('[L] every message is counted by the one table', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(types)('%s', async (type) => {
    const viewer = await dashboard(newTeam());
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let said = 0; said < OTHERS; said += 1) viewer.raw('{"type":"heartbeat"}');
    viewer.send({ type, payload: PAYLOADS[type] } as ViewerMessage);
    viewer.send({ type: 'ping', payload: { timestamp: LAST } });
    expect(await isLimited(viewer)).toBe(VIEWER_MESSAGES[type].bucket !== 'none');
  });
});
