import { describe, expect, it } from 'vitest';
import { deviceWords, isPhone } from '../../src/lib/team/device.ts';
import { remainingTime } from '../../src/lib/team/remaining-time.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const PIXEL = `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`;

describe('[X3] a device', () => {
  it.each([
    [IPHONE, 'Safari on iPhone', true],
    [PIXEL, 'Chrome on Android', true],
    [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on Linux', false],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
      'Edge on Windows',
      false,
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox on macOS',
      false,
    ],
    ['Mozilla/5.0 (Android 15; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0', 'Firefox on Android', true],
    ['curl/8.5.0', 'curl/8.5.0', false],
    ['', 'Unknown device', false],
    ['x'.repeat(200), `${'x'.repeat(60)}…`, false],
  ])('%s is called %s', (agent, words, phone) => {
    expect([deviceWords(agent), isPhone(agent)]).toEqual([words, phone]);
  });
});

describe('how long something is good for', () => {
  const MINUTE = 60_000;
  it.each([
    [0, 'no longer'],
    [MINUTE - 1, 'for less than a minute'],
    [MINUTE, 'for 1 more minute'],
    [15 * MINUTE, 'for 15 more minutes'],
    [90 * MINUTE - 1, 'for 90 more minutes'],
    [120 * MINUTE, 'for 2 more hours'],
    [47 * 60 * MINUTE, 'for 47 more hours'],
    [7 * 24 * 60 * MINUTE - 2_000, 'for 7 more days'],
  ])('after %d ms is said as %s', (ms, words) => {
    expect(remainingTime(1_000 + ms, 1_000)).toBe(words);
  });
});
