import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import { memberClaims } from '../agent-room/dial.ts';
import { call, newTeam } from '../front.ts';
import { agent } from '../poll/rig.ts';

const routes = Object.keys(ROUTES) as Route[];
const isCounted = (route: Route) => ['message', 'act', 'resize', 'command'].includes(ROUTES[route].bucket);

afterEach(() => {
  vi.useRealTimers();
});

/** Any message that changes nothing. */
const UNSUBSCRIBE = { type: 'unsubscribe', payload: { subscriptionId: 'none' } } as const;

/** Bodies that pass the schemas of routes which tell their object what a member says. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/agents': { name: 'Two' },
  'POST /api/agents/:agentId/input': { data: 'x' },
  'POST /api/agents/:agentId/resize': { cols: 80, rows: 24 },
  'POST /api/agents/:agentId/signal': { signal: 'SIGINT' },
  'POST /api/agents/:agentId/commands': { command: 'ls' },
  'POST /api/commands/:id/move': { position: 1 },
  'POST /api/commands/:id/edit': { command: 'ls' },
  'POST /api/conversations/:id/messages': { content: 'Hello' },
  'PUT /api/agents/:agentId/policy': { rules: [] },
  'POST /api/permissions/:id': { optionId: 'once', digest: '0'.repeat(64) },
  'POST /api/messages': { type: 'agent:get_state', payload: { agentId: 'one' } },
};

async function codeOf(route: Route, team: TeamId, token: string): Promise<string | null> {
  const [method = '', path = ''] = route.split(' ');
  const filled = path
    .replace(':agentId', 'one')
    .replace(/(commands|conversations|permissions)\/:id/, '$1/one.1');
  const body = method === 'GET' ? {} : { body: BODIES[route] ?? {} };
  const response = await call(method, `${filled}?wait=0`, { team, token, ...body });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return isJson ? (((await response.json()) as { error?: { code: string } }).error?.code ?? null) : null;
}

describe('[L] routes are counted by the one table', () => {
  it('a member’s messages over REST, and their reads', async () => {
    const team = newTeam();
    const { token, room } = await agent(team);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const claims = { ...memberClaims('admin', Date.now() + 60_000), team, sid: 'session-ada' };
    for (const object of [lobbyOf(env, team), room]) {
      const ask = () => object.request(claims, UNSUBSCRIBE, crypto.randomUUID());
      while ((await ask()).error?.code !== 'RATE_LIMIT');
    }
    for (const route of routes) {
      // It ends what the others ask with.
      if (route === 'DELETE /api/auth/sessions' || route === 'POST /api/auth/signout') continue;
      const code = await codeOf(route, team, token);
      expect(code === 'RATE_LIMIT', `${route}: ${code}`).toBe(isCounted(route));
    }
  });
});
