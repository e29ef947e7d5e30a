import { describe, expect, it } from 'vitest';
import {
  cacheName,
  filesNamedIn,
  outdatedCaches,
  policyFor,
} from '../../src/lib/service-worker/cache-policy.ts';

const ORIGIN = 'https://muster.example';
const asked = (path: string, mode = 'cors', method = 'GET') => ({
  method,
  mode,
  url: new URL(path, ORIGIN).href,
});

describe('[F16] what is kept for the next visit', () => {
  it('is each built file, since its name changes with its content', () =>
    expect(policyFor(asked('/_app/immutable/chunks/a.js'), ORIGIN)).toBe('file'));

  it.each(['/', '/wall?agents=shell', '/agents/shell', '/team/hosts'])('is the page %s', (path) =>
    expect(policyFor(asked(path, 'navigate'), ORIGIN)).toBe('shell'),
  );

  it.each([
    '/api/agents',
    '/api/permissions',
    '/ws/dashboard',
    '/_app/version.json',
    '/service-worker.js',
    '/manifest.webmanifest',
  ])('is not %s', (path) => expect(policyFor(asked(path), ORIGIN)).toBe('network'));

  it.each(['/signin#code=x', '/join', '/api/agents/shell/recording', '/ws', '/_app/env.js'])(
    'is not the page %s',
    (path) => expect(policyFor(asked(path, 'navigate'), ORIGIN)).toBe('network'),
  );

  it('is nothing that is sent, and nothing of another site', () => {
    expect(policyFor(asked('/', 'navigate', 'POST'), ORIGIN)).toBe('network');
    expect(policyFor(asked('https://elsewhere.example/_app/immutable/a.js'), ORIGIN)).toBe('network');
  });

  it('is looked for in the HTML of a page, without the code that it loads late', () => {
    const html =
      '<link href="./_app/immutable/a.css" rel="stylesheet" disabled>' +
      '<link href="./_app/immutable/entry/start.B_1-x.js" rel="modulepreload">' +
      '<script>import("./_app/immutable/entry/start.B_1-x.js"); import("./_app/immutable/chunks/b.js")</script>';
    expect(filesNamedIn(html, `${ORIGIN}/`)).toEqual([
      `${ORIGIN}/_app/immutable/entry/start.B_1-x.js`,
      `${ORIGIN}/_app/immutable/chunks/b.js`,
    ]);
  });
});

describe('a new version of the page', () => {
  it('keeps the files of the one before it, whose pages may be open, and deletes older ones', () =>
    expect(outdatedCaches(['muster-1', 'other', 'muster-2', 'muster-3'], cacheName('3'))).toEqual([
      'muster-1',
    ]));

  it('deletes nothing when it is the first', () =>
    expect(outdatedCaches([cacheName('1')], cacheName('1'))).toEqual([]));
});
