import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { get } from '../../src/lib/rest/get.ts';
import { send } from '../../src/lib/rest/send.ts';

afterEach(() => vi.unstubAllGlobals());

/** A network on which each request goes out and no answer comes. */
function lossy(): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? 'GET'} ${path}`);
    return Promise.reject(new TypeError('Failed to fetch'));
  });
  return asked;
}

describe('[I1] a request over REST that gets no answer', () => {
  test('is not made again, and may have been done', async () => {
    const asked = lossy();
    const answer = await send('POST', '/api/tokens', { name: 'ci' }, z.unknown());
    expect(answer).toMatchObject({
      ok: false,
      error: {
        message: expect.stringContaining('It is not known whether this was done'),
        details: { outcome: 'unknown' },
      },
    });
    expect(asked).toEqual(['POST /api/tokens']);
  });

  test('did nothing where it only reads', async () => {
    lossy();
    const answer = await get('/api/audit', {}, z.unknown());
    expect(answer).toMatchObject({ ok: false, error: { message: 'The server cannot be reached.' } });
  });
});
