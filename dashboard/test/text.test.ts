import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../src/lib/text.ts';

const ACTING = /\p{Cc}|\p{Bidi_Control}|[\u00ad\u200b\u2028\u2029\ufeff]/u;

describe('[X6] visible', () => {
  it('leaves nothing that acts on the text around it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0x2100)), (codes) => {
        const text = String.fromCharCode(...codes);
        expect(visible(text)).not.toMatch(ACTING);
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
  });

  it.each([
    ['\u001b]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
    ['rm \u202eflow\u202c', 'rm \\u202eflow\\u202c'],
    ['\u009b31m\u007f', '\\u009b31m␡'],
    ['pay\u00adpal\u061c', 'pay\\u00adpal\\u061c'],
  ])('shows %j as what it is', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves every script and picture as it is', () => {
    const text = 'Grüße, 你好, שלום, 👩🏽 <b>&amp;</b>';
    expect(visible(text)).toBe(text);
  });
});
