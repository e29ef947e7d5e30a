import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { parseMarkdown, StreamingMarkdown } from '../../src/lib/markdown/streaming-markdown.ts';
import type { Block } from '../../src/lib/markdown/tree.ts';
import { markdown } from './text.ts';

/** Feeds `text` cut at `cuts`, and completes it. */
function stream(text: string, cuts: readonly number[]): readonly Block[] {
  const reader = new StreamingMarkdown();
  const ends = cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other);
  for (const end of ends) reader.update(text.slice(0, end), false);
  return reader.update(text, true);
}

const MESSAGE = [
  '## Plan',
  'Some **bold** text with `code` and [a link](https://example.com/x).',
  '- one\n- two\n  - three',
  '```ts\nconst a = 1;\n\nconst b = 2;\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  'The end.',
].join('\n\n');

describe('[C8] a Markdown text that grows', () => {
  it('is the same tree at its end, wherever it was cut', () => {
    fc.assert(
      fc.property(markdown(), fc.array(fc.nat(), { maxLength: 8 }), (text, cuts) => {
        expect(stream(text, cuts)).toEqual(parseMarkdown(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same tree before its end too, where nothing is cut off', () => {
    const reader = new StreamingMarkdown();

    for (let end = 1; end < MESSAGE.length; end++) reader.update(MESSAGE.slice(0, end), false);

    expect(reader.update(MESSAGE, false)).toEqual(parseMarkdown(MESSAGE));
  });

  it('keeps its finished blocks as the same objects', () => {
    const reader = new StreamingMarkdown();
    const half = reader.update(MESSAGE.slice(0, MESSAGE.indexOf('| a')), false);
    const later = reader.update(MESSAGE.slice(0, -3), false);
    const whole = reader.update(MESSAGE, true);

    expect(half).toHaveLength(4);
    for (const [index, block] of half.entries()) {
      expect(later[index]).toBe(block);
      expect(whole[index]).toBe(block);
    }
  });

  it('starts anew with a text that does not continue the last', () => {
    const reader = new StreamingMarkdown();
    reader.update('one\n\ntwo\n\nthree\n\n', false);

    expect(reader.update('four', false)).toEqual(parseMarkdown('four'));
  });

  it('completes what is cut off, and offers no link before its address is whole', () => {
    const reader = new StreamingMarkdown();

    expect(reader.update('**bo', false)).toEqual(parseMarkdown('**bo**'));
    expect(reader.update('**bold** [a](https://exa', false)).toEqual(parseMarkdown('**bold** a'));
  });

  it('applies a definition at the end to what stands before it', () => {
    const text = 'See [docs].\n\nMore.\n\nAnd more.\n\n[docs]: https://example.com';

    expect(stream(text, [20, 30, 40])).toEqual(parseMarkdown(text));
    expect(JSON.stringify(parseMarkdown(text))).toContain('https://example.com/');
  });

  it('reads a block that is longer than a window in pieces, and a fence as one', () => {
    const list = '- an item\n'.repeat(5_000);
    const fence = `\`\`\`ts\n${'const a = 1;\n'.repeat(5_000)}\`\`\`\n`;

    const types = parseMarkdown(`${list}\n${fence}\nend`).map(({ type }) => type);

    expect(types).toEqual(['list', 'list', 'list', 'list', 'code', 'paragraph']);
    expect(stream(`${list}\n${fence}\nend`, [9_000, 40_000, 60_000])).toEqual(
      parseMarkdown(`${list}\n${fence}\nend`),
    );
  });
});
