import { VIEWER_MESSAGES, type ViewerType } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../src/http/routes.ts';
import { atLobby, BODIES, EVERY_FIELD, team } from './limits-rig.ts';

describe('[X24] a member who is limited to some agents', () => {
  it('gets for a hidden agent, by any route and message, what they get for a missing one', async () => {
    const { name, bo, two } = await team();
    const heard = async (method: string, path: string, body?: object) => {
      const response = await bo.ask(method, path, body === undefined ? {} : { body });
      return `${response.status} ${await response.text()}`;
    };
    const both = async (what: string, ask: (agentId: string) => Promise<string>) => {
      const [of, none] = [await ask('two'), await ask('not')];
      expect([what, of.replaceAll('two', 'not')]).toEqual([what, none]);
      expect(of).not.toContain(two);
    };
    const routes = Object.keys(ROUTES).filter((route) => /:agentId|commands\/:id/.test(route));
    expect(routes.length).toBeGreaterThan(15);
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[route] ?? EVERY_FIELD);
      await both(route, (agentId) =>
        heard(method, path.replace(':agentId', agentId).replace('/:id', `/${agentId}.abc`), body),
      );
    }
    const types = Object.keys(VIEWER_MESSAGES) as ViewerType[];
    const payloadOf = (agentId: string) => {
      const id = `${agentId}.abc`;
      return { ...EVERY_FIELD, agentId, commandId: id, conversationId: id, permissionId: id };
    };
    const said = types.filter((type) => !['agent:create', 'auth', 'auth:refresh', 'flow:ack'].includes(type));
    for (const type of said)
      await both(`message ${type}`, (agentId) =>
        heard('POST', '/api/messages', {
          type,
          id: `m-${type}-${agentId}`,
          payload: payloadOf(agentId),
        }).then((text) => text.replaceAll(/m-[\w:]+-\w+/g, 'id')),
      );
    const lobby = await atLobby(name, bo.token);
    // These two are answered in kind, without an ack.
    for (const type of said.filter((one) => one !== 'heartbeat' && one !== 'ping'))
      await both(`socket ${type}`, async (agentId) => {
        const ack = await lobby.ask({ type, payload: payloadOf(agentId) } as never, `s-${type}-${agentId}`);
        return JSON.stringify({ ...ack, messageId: '', result: Object.keys(ack.result ?? {}) });
      });
    for (const query of [
      'history/commands?agent=',
      'history/events?agent=',
      'history/search?text=ls&agent=',
      'audit?agent=',
    ])
      await both(query, (agentId) => heard('GET', `/api/${query}${agentId}`));
  }, 60_000);
});
