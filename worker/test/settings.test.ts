import { createExecutionContext, createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { historyDays, recordingLimits } from '../src/env.ts';
import worker, { AgentRoom } from '../src/index.ts';
import { memberToken, newTeam, ORIGIN } from './front.ts';
import { newRoom } from './room/dial.ts';

const DAY = 24 * 3_600_000;
const WRONG = ['', '0', '-1', '100.5', 'never', '36501'];

async function health(over: object) {
  const request = new Request(`${ORIGIN}/api/health`);
  const response = await worker.fetch(request, { ...env, ...over }, createExecutionContext());
  return [response.status, await response.json()];
}

describe('settings', () => {
  it('[A3] [S5] are as many days and MiB as wrangler.toml says', async () => {
    expect(historyDays(env)).toBe(30);
    expect(recordingLimits(env)).toEqual({ time: 30 * DAY, bytes: 256 * 1_048_576 });
    expect(await health({})).toMatchObject([200, { status: 'ok' }]);
  });

  it.each(['MUSTER_HISTORY_DAYS', 'MUSTER_RECORDING_DAYS', 'MUSTER_RECORDING_MIB'])(
    '[A5] a wrong %s is an error that names it, and health tells of it',
    async (name) => {
      for (const value of [...WRONG, undefined]) {
        const read = () => [historyDays, recordingLimits].map((of) => of({ ...env, [name]: value }));
        expect(read).toThrow(new RegExp(`^${name}: must be a whole number from \\d+ to \\d+, not `));
        const settings = [expect.stringContaining(`${name}: must be`)];
        expect(await health({ [name]: value })).toMatchObject([503, { status: 'degraded', settings }]);
      }
    },
  );

  it('[A5] [X2] wrong issuers are an error that names them; our own tokens count, and no others', async () => {
    const settings = [expect.stringMatching(/^MUSTER_ISSUERS: 0\.audience: /)];
    const MUSTER_ISSUERS = '[{"kind":"access","teamDomain":"access.example"}]';
    expect(await health({ MUSTER_ISSUERS })).toMatchObject([503, { status: 'degraded', settings }]);
    const team = newTeam();
    const me = async (authorization: string) => {
      const request = new Request(`${ORIGIN}/api/auth/me?team=${team}`, { headers: { authorization } });
      return (await worker.fetch(request, { ...env, MUSTER_ISSUERS }, createExecutionContext())).status;
    };
    expect(await me(`Bearer ${await memberToken(team)}`)).toBe(200);
    const claims = btoa(JSON.stringify({ iss: 'https://access.example' })).replaceAll('=', '');
    expect(await me(`Bearer e30.${claims}.e30`)).toBe(503);
  });

  it('[A5] no room opens with a number that nobody set', async () => {
    await runInDurableObject(newRoom(), (_, ctx) => {
      const open = () => new AgentRoom(ctx, { ...env, MUSTER_RECORDING_MIB: 'much' });
      expect(open).toThrow('MUSTER_RECORDING_MIB: must be a whole number from 64 to 8192, not "much"');
    });
  });

  it('[A5] nothing is forgotten by a number that nobody set', async () => {
    const wrong = { ...env, MUSTER_HISTORY_DAYS: '0' };
    const sweep = worker.scheduled(createScheduledController(), wrong);
    await expect(sweep).rejects.toThrow('MUSTER_HISTORY_DAYS');
  });
});
