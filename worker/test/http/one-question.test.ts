import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/env.ts';
import { makeApi } from '../../src/http/api.ts';
import { newTeam, ORIGIN } from '../front.ts';
import { agent } from '../poll/rig.ts';

/** The Worker's bindings, with a count of the calls that its lobbies get. */
function counted(): { readonly bindings: Env; readonly calls: string[] } {
  const calls: string[] = [];
  type Methods = Record<string, (...asked: unknown[]) => unknown>;
  const watched = (stub: DurableObjectStub) =>
    new Proxy(stub, {
      get:
        (target, name) =>
        (...asked: unknown[]) => {
          calls.push(String(name));
          return (target as unknown as Methods)[String(name)]?.(...asked);
        },
    });
  const LOBBIES = new Proxy(env.LOBBIES, {
    get: (target, name) => {
      if (name === 'get') return (id: DurableObjectId) => watched(target.get(id));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { bindings: { ...(env as unknown as Env), LOBBIES }, calls };
}

describe('[X5] a request about an agent', () => {
  it.each([
    ['POST', '/api/agents/one/commands', { command: 'true' }],
    ['POST', '/api/commands/one.0123456789abcdef/cancel', {}],
    ['GET', '/api/agents/one', undefined],
    ['GET', '/api/agents/none', undefined],
  ])('%s %s asks the lobby once', async (method, path, body) => {
    const team = newTeam();
    const { token } = await agent(team);
    const { bindings, calls } = counted();
    const url = `${ORIGIN}${path}?team=${team}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await makeApi(() => new Response()).request(url, request, bindings);
    expect(response.status).not.toBe(503);
    if (method === 'GET') expect(response.status).toBe(path.endsWith('none') ? 404 : 200);
    expect(calls).toEqual(['people']);
  });
});
