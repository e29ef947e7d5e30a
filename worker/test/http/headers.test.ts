import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { call, memberToken, newTeam } from '../front.ts';

const SOCKETS = ['/ws', '/ws/dashboard', '/ws/agents/a', '/ws/runner', '/ws/keepers/a', '/ws/nothing'];
const NOWHERE = ['/', '/api', '/api/nothing', '/nothing'];

/** What X12 asks of an answer; the page of the docs may have styles of its own. */
function expectSafe(what: string, { headers }: Response): void {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy, what).toMatch(
    /^default-src 'none'; (?:style-src 'unsafe-inline'; )?frame-ancestors 'none'$/,
  );
  expect(headers.get('x-content-type-options'), what).toBe('nosniff');
  expect(headers.get('referrer-policy'), what).toBe('no-referrer');
  expect(headers.get('cache-control'), what).toBe('no-store');
}

describe('[X12] headers', () => {
  it.each([
    ['without a token', false],
    ['of an admin', true],
  ])('are on the answer of every route, %s', async (_who, isAdmin) => {
    const team = newTeam();
    const token = isAdmin ? { token: await memberToken(team) } : {};
    for (const route of Object.keys(ROUTES)) {
      const [method = '', path = ''] = route.split(' ');
      const filled = `${path.replaceAll(/:\w+/g, 'nobody')}?wait=0`;
      expectSafe(route, await call(method, filled, { team, ...token }));
    }
  });

  it.each([...SOCKETS, ...NOWHERE])('are on what %s answers who wants no socket', async (path) => {
    expectSafe(path, await call('GET', path));
  });
});
