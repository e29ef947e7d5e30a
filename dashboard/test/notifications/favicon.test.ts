import { describe, expect, it } from 'vitest';
import { faviconWith } from '../../src/lib/notifications/favicon.ts';

const textOf = (url: string | null) => />([^<]*)<\/text>/.exec(decodeURIComponent(url ?? ''))?.[1];

describe('[C10] the favicon', () => {
  it('is as it is while nothing waits', () => expect(faviconWith(0)).toBeNull());

  it.each([
    [1, '1'],
    [9, '9'],
    [10, '9+'],
    [400, '9+'],
  ])('with %i waiting says %s', (count, text) => {
    const url = faviconWith(count);
    expect(url).toMatch(/^data:image\/svg\+xml,/);
    expect(textOf(url)).toBe(text);
  });
});
