import { describe, expect, test } from 'vitest';
import { addressOf, findLinks } from '../../src/lib/terminal/links.ts';

const targets = (line: string) => findLinks(line).map(({ kind, target }) => `${kind} ${target}`);

describe('links in a line of output', () => {
  test.each([
    ['see https://example.com/a_(b)?c=d#e.', ['address https://example.com/a_(b)?c=d#e']],
    ['(http://localhost:5173/)', ['address http://localhost:5173/']],
    [
      '"https://a.example/x", https://b.example',
      ['address https://a.example/x', 'address https://b.example'],
    ],
    ['https://a.example/\u202etxt', ['address https://a.example/\u202etxt']],
    ['src/checkout/total.ts:21  unused', ['place src/checkout/total.ts:21']],
    ['at f (/home/x/a.test.ts:3:14)', ['place /home/x/a.test.ts:3:14']],
    ['./a.ts(12,5): error', ['place ./a.ts(12,5)']],
    ['total.ts:21', ['place total.ts:21']],
    ['example.com:8080 is up at 10:21', []],
    ['https://example.com/a.ts:21', ['address https://example.com/a.ts:21']],
    ['https://', []],
  ])('%j', (line, found) => {
    expect(targets(line)).toEqual(found);
  });
  test('their places are those of their text', () => {
    const line = 'a https://x.example/ b src/a.ts:1 c';
    for (const { start, end, target } of findLinks(line)) expect(line.slice(start, end)).toBe(target);
  });
});

describe('[X23] where an address leads', () => {
  test.each([
    ['https://google.com@evil.example/path', { host: 'evil.example', user: 'google.com', foreign: false }],
    ['https://google.com:443@evil.example', { host: 'evil.example', user: 'google.com', foreign: false }],
    ['https://аpple.com/', { host: 'xn--pple-43d.com', user: null, foreign: true }],
    [
      `https://${'accounts.google.com.'.repeat(4)}evil.example:8443/`,
      { host: `${'accounts.google.com.'.repeat(4)}evil.example:8443`, user: null },
    ],
    ['https://evil.example\\@google.com/', { host: 'evil.example', user: null }],
    ['https://ex\u00adample.com/', { host: 'example.com' }],
    ['HTTP://0x7f.1/', { host: '127.0.0.1', scheme: 'http' }],
    ['https://a。example/', { host: 'a.example' }],
  ])('%s', (text, parts) => {
    expect(addressOf(text)).toMatchObject(parts);
  });
  test('what it shows is ASCII, so that nothing hides in it', () => {
    const address = addressOf('https://x.example/\u202e\u2800\u{e0041}?\u3164#\u200b');
    expect(address?.host + (address?.rest ?? '')).toMatch(/^[\u0021-\u007e]+$/);
  });
  test('nothing else is opened', () => {
    expect(['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'x'].map(addressOf)).toEqual(
      Array(4).fill(null),
    );
  });
});
