import { createExecutionContext, createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { base64url } from 'jose';
import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { keyFault } from '../src/auth/key-strength.ts';
import { historyDays, recordingLimits } from '../src/env.ts';
import { ROUTES } from '../src/http/routes.ts';
import worker, { AgentRoom } from '../src/index.ts';
import { newRoom } from './agent-room/dial.ts';
import { memberToken, newTeam, ORIGIN } from './front.ts';

const DAY = 24 * 3_600_000;
const WRONG = ['', '0', '-1', '100.5', 'never', '36501'];

async function ask(path: string, over: object, init: RequestInit = {}) {
  const request = new Request(`${ORIGIN}${path}`, init);
  const response = await worker.fetch(request, { ...env, ...over }, createExecutionContext());
  return [response.status, await response.json()] as const;
}
const ready = (over: object) => ask('/api/ready', over);
const encoded = (bytes: number[]) => base64url.encode(Uint8Array.from(bytes));
const text = (words: string) => base64url.encode(words);

/** What each setting must not be. */
const FAULTS: Readonly<Record<string, readonly unknown[]>> = {
  MUSTER_KEY: [
    undefined,
    '',
    'not base64url!',
    encoded(Array.from({ length: 31 }, (_, at) => (at * 97 + 13) % 251)),
    encoded(new Array(32).fill(0)),
    encoded(new Array(64).fill(255)),
    encoded(Array.from({ length: 32 }, (_, at) => at)),
    encoded(Array.from({ length: 64 }, (_, at) => 255 - at)),
    encoded(Array.from({ length: 32 }, (_, at) => at * 7)),
    encoded(Array.from({ length: 48 }, (_, at) => [9, 200, 31, 77, 4, 150, 90, 12][at % 8] ?? 0)),
    text('correct horse battery staple, for ever and ever'),
    text('tests-only-tests-only-tests-only'),
    'A'.repeat(64),
  ],
  MUSTER_TEAM: ['', 'No Slug'],
  MUSTER_TEAMS: ['one T!wo'],
  MUSTER_HOSTNAMES: ['muster.example', 'muster.example=', '=team', 'a.example=No!'],
  MUSTER_ORIGINS: ['pages.example', 'https://pages.example/', 'http://pages.example', '*'],
  MUSTER_ISSUERS: ['{', '[{"kind":"access","teamDomain":"access.example"}]'],
  MUSTER_HISTORY_DAYS: [...WRONG, undefined],
  MUSTER_RECORDING_DAYS: [...WRONG, undefined],
  MUSTER_RECORDING_MIB: [...WRONG, undefined],
  ATTEMPTS: [undefined],
};
const CASES = Object.entries(FAULTS).flatMap(([name, values]) =>
  values.map((value): [string, unknown] => [name, value]),
);

describe('settings', () => {
  it('[A3] [S5] are as many days and MiB as wrangler.toml says', async () => {
    expect(historyDays(env)).toBe(30);
    expect(recordingLimits(env)).toEqual({ time: 30 * DAY, bytes: 256 * 1_048_576 });
    expect(await ready({})).toMatchObject([200, { status: 'ready' }]);
  });

  it.each(CASES)(
    '[X20] [A5] a wrong %s (%j) is named by readiness, and nothing starts',
    async (name, value) => {
      const over = { [name]: value };
      const settings = [expect.stringMatching(new RegExp(`^${name}\\b`))];
      const [status, body] = await ready(over);
      expect([status, body]).toMatchObject([503, { status: 'not ready', settings }]);
      // Nothing that a secret holds stands in it.
      if (name === 'MUSTER_KEY' && typeof value === 'string' && value !== '')
        expect(JSON.stringify(body)).not.toContain(value);
      expect((await ask('/api/health', over))[0]).toBe(200);
      for (const [method, path] of [
        ['GET', '/api/agents'],
        ['POST', '/api/auth/exchange'],
        ['GET', '/ws/dashboard'],
      ] as const) {
        const answer = await ask(path, over, { method });
        const message = `This deployment is not set up: ${name} is wrong. GET /api/ready says why.`;
        expect(answer).toMatchObject([503, { error: { code: 'SERVICE_UNAVAILABLE', message } }]);
      }
    },
  );

  it('[X20] every route but those that say what is wrong answers SERVICE_UNAVAILABLE', async () => {
    for (const route of Object.keys(ROUTES)) {
      const [method = '', path = ''] = route.split(' ');
      if (['/api/health', '/api/ready', '/api/openapi.json', '/api/docs'].includes(path)) continue;
      expect((await ask(path.replaceAll(/:\w+/g, 'x'), { MUSTER_KEY: '' }, { method }))[0], route).toBe(503);
    }
  });

  it('[X20] a key of 32 random bytes or more is a good one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 96 }), (length) => {
        const key = base64url.encode(crypto.getRandomValues(new Uint8Array(length)));
        expect(keyFault(key)).toBeNull();
      }),
    );
  });

  it.each(['MUSTER_HISTORY_DAYS', 'MUSTER_RECORDING_DAYS', 'MUSTER_RECORDING_MIB'])(
    '[A5] a wrong %s is an error that names it',
    (name) => {
      for (const value of [...WRONG, undefined]) {
        const read = () => [historyDays, recordingLimits].map((of) => of({ ...env, [name]: value }));
        expect(read).toThrow(new RegExp(`^${name} must be a whole number from \\d+ to \\d+, not `));
      }
    },
  );

  it('[A5] [X2] with wrong issuers nobody is let in, by our own tokens either', async () => {
    const MUSTER_ISSUERS = '[{"kind":"access","teamDomain":"access.example"}]';
    const team = newTeam();
    const headers = { authorization: `Bearer ${await memberToken(team)}` };
    expect((await ask(`/api/auth/me?team=${team}`, {}, { headers }))[0]).toBe(200);
    expect((await ask(`/api/auth/me?team=${team}`, { MUSTER_ISSUERS }, { headers }))[0]).toBe(503);
  });

  it('[A5] no room opens with a number that nobody set', async () => {
    await runInDurableObject(newRoom(), (_, ctx) => {
      const open = () => new AgentRoom(ctx, { ...env, MUSTER_RECORDING_MIB: 'much' });
      expect(open).toThrow('MUSTER_RECORDING_MIB must be a whole number from 64 to 8192, not "much"');
    });
  });

  it('[A5] nothing is forgotten by a number that nobody set', async () => {
    const wrong = { ...env, MUSTER_HISTORY_DAYS: '0' };
    const sweep = worker.scheduled(createScheduledController(), wrong);
    await expect(sweep).rejects.toThrow('MUSTER_HISTORY_DAYS');
  });
});
