import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Muster, startMuster } from '../harness/muster.ts';

let muster: Muster;
let script: string;
beforeAll(async () => {
  muster = await startMuster({ runner: false });
  const page = await (await fetch(`${muster.url}/signin`)).text();
  script = /\/_app\/immutable\/entry\/app\.[\w-]+\.js/.exec(page)?.[0] ?? '';
  expect(script).not.toBe('');
});
afterAll(() => muster[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** As it comes: `fetch` would unpack it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(muster.url + path, { method, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject).end();
  });
}

describe('[F16] files of the dashboard in local mode', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
  ])('are sent compressed to a client that takes %s, as %s', async (accepted, coding, unpacked) => {
    for (const path of [script, '/signin', '/', '/favicon.svg']) {
      const plain = await get(path);
      expect(plain.status, path).toBe(200);
      const coded = await get(path, { 'accept-encoding': accepted });
      expect(coded.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
      expect(coded.headers['etag']).not.toBe(plain.headers['etag']);
      expect(unpacked(coded.body)).toEqual(plain.body);
      expect(coded.body.byteLength).toBeLessThan(plain.body.byteLength);
    }
  });

  it.each([undefined, 'identity', 'zstd', 'br;q=0, gzip;q=0'])(
    'are sent as they are to a client that takes %s',
    async (accepted) => {
      const { headers, body } = await get(
        script,
        accepted === undefined ? {} : { 'accept-encoding': accepted },
      );
      expect(headers).not.toHaveProperty('content-encoding');
      // A cache between must not give this to others, nor theirs to this one.
      expect(headers).toMatchObject({ vary: 'accept-encoding', 'content-length': String(body.byteLength) });
    },
  );

  it('are kept for good where their name is their hash, and asked for anew elsewhere', async () => {
    expect((await get(script)).headers['cache-control']).toBe('public, immutable, max-age=31536000');
    expect((await get('/_app/version.json')).headers['cache-control']).toBe('no-cache');
    expect((await get('/signin')).headers['cache-control']).toBe('public, max-age=0, must-revalidate');
  });

  it.each(['br', 'identity'])('are not sent twice to a client that has them as %s', async (accepted) => {
    const headers = { 'accept-encoding': accepted };
    const first = await get('/signin', headers);
    const etag = String(first.headers['etag']);
    for (const known of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
      const again = await get('/signin', { ...headers, 'if-none-match': known });
      expect([again.status, again.body.byteLength]).toEqual([304, 0]);
      expect(again.headers).toMatchObject({ etag, vary: 'accept-encoding' });
    }
    expect((await get('/signin', { ...headers, 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('say how long they are to HEAD, in the coding that was asked for', async () => {
    const headers = { 'accept-encoding': 'br' };
    const { body } = await get(script, headers);
    const head = await get(script, headers, 'HEAD');
    expect([head.status, head.body.byteLength]).toEqual([200, 0]);
    expect(head.headers).toMatchObject({
      'content-encoding': 'br',
      'content-length': String(body.byteLength),
    });
  });

  it('a page that is drawn on request is compressed too', async () => {
    const plain = await get('/agents/some');
    const coded = await get('/agents/some', { 'accept-encoding': 'gzip' });
    expect(coded.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(coded.body).toString()).toContain('</html>');
    expect(gunzipSync(coded.body).byteLength).toBe(plain.body.byteLength);
  });

  it('nothing else of the build is sent', async () => {
    for (const path of [
      '/_headers',
      '/_worker.js',
      '/_routes.json',
      `${script}.br`,
      '/../options.json',
      '/signin.html.br',
    ])
      expect((await get(path)).status, path).toBe(404);
  });
});
