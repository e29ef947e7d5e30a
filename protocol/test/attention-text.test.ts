import { describe, expect, test } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { ATTENTION_CHARS, AttentionSchema, attentionText } from '../src/index.ts';

describe('[C13] the words of a program that asks for a person', () => {
  test.each([
    ['Allow `rm -rf build`?', 'Allow `rm -rf build`?'],
    ['  two\r\n\tlines ', 'two lines'],
    ['\x1b[31mred\x07\x9b', '[31mred'],
    ['a\u202egnp.exe\u202c', 'agnp.exe'],
    ['zero\u200b\u200d\ufeff\u00adwidth\u{e0041}', 'zerowidth'],
    ['half \ud83d', 'half'],
    ['✋\ufe0f  Action Required', '✋ Action Required'],
    ['\u2066\u2069\u3164', ''],
  ])('%j are read as %j', (text, line) => expect(attentionText(text)).toBe(line));

  test('are cut at 200 characters, whatever those are made of', () => {
    const cut = attentionText('🙂'.repeat(201));
    expect([...cut]).toHaveLength(ATTENTION_CHARS);
    expect(cut.endsWith('🙂…')).toBe(true);
    expect(attentionText('🙂'.repeat(200))).toBe('🙂'.repeat(200));
  });

  test('are harmless, and stay as they are when they are read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const line = attentionText(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u);
        expect([...line].length).toBeLessThanOrEqual(ATTENTION_CHARS);
        expect(attentionText(line)).toBe(line);
      }),
    );
  });

  test('are made harmless by each reader, not only by the host that sent them', () => {
    const read = AttentionSchema.parse({ kind: 'bell', since: 1, text: 'a\u202eb\x1b]0;x\x07' });
    expect(read.text).toBe('ab]0;x');
  });
});
