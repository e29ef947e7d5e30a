import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { headersBy } from '../../../scripts/bundle/page.mjs';
import { BuiltSchema } from '../../../worker/local/built.ts';
import { configText, Embed } from '../../../worker/local/edge/capnp.ts';
import { serverConfig } from '../../../worker/local/edge/config.ts';
import fc from '../../harness/fast-check.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'muster-server-')));
afterAll(() => rmSync(directory, { recursive: true }));

const OPTIONS = {
  compatibilityDate: '2026-09-01',
  compatibilityFlags: [],
  bindings: {},
  d1Databases: {},
  durableObjects: {},
  ratelimits: {},
  serviceBindings: {},
};
const built = (name: string, options: object = {}) =>
  BuiltSchema.parse({ name, options: { ...OPTIONS, ...options }, databases: [] });

describe('what the server is told', () => {
  it('is text that the runtime reads back as it was, whatever a secret holds', () => {
    const { default: workerd } = z
      .object({ default: z.string() })
      .parse(createRequire(join(import.meta.dirname, '../../../worker/local/edge.ts'))('workerd'));
    const texts = fc
      .sample(fc.string({ unit: 'binary', maxLength: 40 }), 60)
      .filter((text) => !text.includes('\0'));
    const all = [...texts, '"', '\\', '\n', 'é', '👨‍👩‍👧', '\x7f', '\\x41', '"); evil = ("'];
    const file = join(directory, 'check.js');
    writeFileSync(
      file,
      "export default { test(_, env) { const found = Array.from({ length: env.count }, (_, at) => env['t' + at]);" +
        ' if (JSON.stringify(found) !== JSON.stringify(JSON.parse(env.wanted))) throw new Error("not the same"); } };',
    );
    const bindings = all.map((text, at) => ({ name: `t${at}`, text }));
    const wanted = [
      { name: 'wanted', text: JSON.stringify(all) },
      { name: 'count', json: String(all.length) },
    ];
    const worker = {
      modules: [{ name: 'check.js', esModule: new Embed(file) }],
      compatibilityDate: '2026-09-01',
      bindings: [...bindings, ...wanted],
    };
    const config = join(directory, 'server.capnp');
    writeFileSync(config, configText({ services: [{ name: 'main', worker }] }, directory));
    expect(() => execFileSync(workerd, ['test', config], { stdio: 'pipe' })).not.toThrow();
  }, 60_000);

  it('[X17] is one socket, and no service that reaches the machine but its directories and the network', () => {
    const config = serverConfig({
      ...{ root: '/r', host: '127.0.0.1', port: 1, objects: '/o', d1: '/d', page: '/p', files: {} },
      api: built('api', { d1Databases: { DB: { id: '0' } } }),
      dashboard: built('page'),
      secrets: {},
      certificates: [],
    });
    expect(config['sockets']).toEqual([{ name: 'http', address: '127.0.0.1:1', http: {}, service: 'api' }]);
    const text = JSON.stringify(config);
    expect(text).not.toMatch(
      /external|loopback|docker|cfBlobHeader|capnpConnectHost|moduleFallback|DebugPort/i,
    );
  });

  it('leaves no binding of wrangler.toml out in silence', () => {
    expect(() => built('api', { kvNamespaces: { CACHE: 'x' } })).toThrow();
    expect(() => built('api', { queueProducers: {}, tails: [] })).not.toThrow();
  });
});

describe('_headers', () => {
  const headersAt = headersBy(
    '# said\n/*\n  A: 1\n  B: 2: 3\n/in/*\n  A: 4\n\tC: 5\n/in/deep.x\n  ! B\n  ! Cache-Control\n',
  );

  it.each([
    ['/', { a: '1', b: '2: 3' }],
    ['/in/x', { a: '4', b: '2: 3', c: '5' }],
    ['/in/deepAx', { a: '4', b: '2: 3', c: '5' }],
  ])('are set at %s, the later over the earlier', (path, headers) => {
    expect(headersAt(path)).toEqual({ 'cache-control': 'public, max-age=0, must-revalidate', ...headers });
  });

  it('are taken away where a rule says so', () =>
    expect(headersAt('/in/deep.x')).toEqual({ a: '4', c: '5' }));

  it('that cannot be read fail the build', () => {
    expect(() => headersBy('/*\n  nonsense\n')).toThrow('cannot be read');
    expect(() => headersBy('  A: 1\n')).toThrow('cannot be read');
  });
});
