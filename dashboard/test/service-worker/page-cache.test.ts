import { beforeEach, describe, expect, it } from 'vitest';
import { PageCache } from '../../src/lib/service-worker/page-cache.ts';
import { FakeScope } from './fake-scope.ts';

const ORIGIN = 'https://muster.example';
const HTML = '<link href="./_app/immutable/a.js" rel="modulepreload"><p>one</p>';
const file = new Request(`${ORIGIN}/_app/immutable/a.js`);
const page = (path: string) => new Request(ORIGIN + path);

let scope: FakeScope;
let cache: PageCache;
beforeEach(async () => {
  scope = new FakeScope(ORIGIN);
  scope.serve('/', HTML);
  scope.serve('/_app/immutable/a.js', 'a');
  cache = new PageCache(scope, '1');
  await cache.fill();
  scope.requested.length = 0;
});

const text = async (request: Request) => (await (await cache.shell(request)).answer).text();

describe('[F16] a second visit', () => {
  it('loads the files of the first page from the cache', async () => {
    expect(await (await cache.file(file)).text()).toBe('a');
    expect(scope.requested).toEqual([]);
  });

  it('keeps a file when it is first loaded, and no answer that is an error', async () => {
    scope.serve('/_app/immutable/b.js', 'b');
    const other = new Request(`${ORIGIN}/_app/immutable/b.js`);
    const missing = new Request(`${ORIGIN}/_app/immutable/c.js`);
    for (const one of [other, other, missing, missing]) await cache.file(one);
    expect(scope.requested).toEqual(['/_app/immutable/b.js', '/_app/immutable/c.js', '/_app/immutable/c.js']);
  });

  it('keeps what a page had loaded before, where that is a built file of ours', async () => {
    scope.serve('/_app/immutable/b.js', 'b');
    scope.serve('/api/agents', 'secret');
    await cache.keepLoaded([`${ORIGIN}/_app/immutable/b.js`, `${ORIGIN}/api/agents`]);
    expect(scope.requested).toEqual(['/_app/immutable/b.js']);
  });

  it('shows what the server has now, where it answers soon', async () => {
    scope.serve('/', '<p>two</p>');
    expect(await text(page('/'))).toBe('<p>two</p>');
  });

  it('shows the copy where the server is slow, and keeps what it sends for the next visit', async () => {
    const answer = scope.hold('/', '<p>two</p>');
    const { answer: shown, kept } = await cache.shell(page('/'));
    expect(await shown.text()).toBe(HTML);
    answer();
    await kept;
    scope.fail('/');
    expect(await text(page('/'))).toBe('<p>two</p>');
  });

  it.each([500, 503])('shows the copy where the server answers %i, as while it starts', async (status) => {
    scope.serve('/', 'broken', status);
    expect(await text(page('/'))).toBe(HTML);
  });

  it('shows the copy where the server is away, and fails where there is none', async () => {
    scope.fail('/');
    expect(await text(page('/'))).toBe(HTML);
    scope.fail('/wall');
    await expect(cache.shell(page('/wall'))).rejects.toThrow();
  });

  it('shows no page of another version: after a deployment its first page is the new one', async () => {
    const next = new PageCache(scope, '2');
    scope.serve('/', '<p>two</p>');
    await next.fill();
    scope.fail('/');
    expect(await (await next.shell(page('/'))).answer.text()).toBe('<p>two</p>');
  });

  it('takes unchanged files from the version before', async () => {
    await new PageCache(scope, '2').fill();
    expect(scope.requested).toEqual(['/']);
  });
});
