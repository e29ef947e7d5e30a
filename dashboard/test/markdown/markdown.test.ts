import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { labelOf } from '../../src/lib/markdown/inlines.ts';
import { INLINE_CHARS, NESTING_LEVELS, TABLE_CELLS } from '../../src/lib/markdown/limits.ts';
import { parseMarkdown } from '../../src/lib/markdown/streaming-markdown.ts';
import type { Block, Inline } from '../../src/lib/markdown/tree.ts';
import { markdown } from './text.ts';

function inlinesIn(block: Block): readonly Inline[] {
  if ('children' in block) return block.children;
  if (block.type === 'quote') return block.blocks.flatMap(inlinesIn);
  if (block.type === 'list') return block.items.flatMap((item) => item.blocks.flatMap(inlinesIn));
  if (block.type === 'table') return [...block.header, ...block.rows.flat()].flat();
  return [];
}

const withNested = (inline: Inline): readonly Inline[] =>
  'children' in inline ? [inline, ...inline.children.flatMap(withNested)] : [inline];

const linksOf = (text: string): Inline[] =>
  parseMarkdown(text)
    .flatMap(inlinesIn)
    .flatMap(withNested)
    .filter(({ type }) => type === 'link');

const textOf = (text: string): string => parseMarkdown(text).map(inlinesIn).map(labelOf).join('\n');

function depthOf(block: Block): number {
  if (block.type === 'quote') return 1 + Math.max(0, ...block.blocks.map(depthOf));
  if (block.type !== 'list') return 0;
  return 1 + Math.max(0, ...block.items.flatMap((item) => item.blocks.map(depthOf)));
}

describe('[C8] Markdown as a tree', () => {
  it('has tables with alignment', () => {
    expect(parseMarkdown('| a | b |\n|:--|--:|\n| 1 | **2** |')).toEqual([
      {
        type: 'table',
        align: ['left', 'right'],
        header: [[{ type: 'text', text: 'a' }], [{ type: 'text', text: 'b' }]],
        rows: [
          [[{ type: 'text', text: '1' }], [{ type: 'strong', children: [{ type: 'text', text: '2' }] }]],
        ],
      },
    ]);
  });

  it('has nested lists and tasks, loose ones too', () => {
    const [tight] = parseMarkdown('3. one\n   - [x] done\n   - [ ] open');
    const [loose] = parseMarkdown('- [x] done\n\n- other');

    expect(tight).toMatchObject({ type: 'list', ordered: true, start: 3, tight: true });
    expect(tight).toMatchObject({
      items: [{ blocks: [{}, { items: [{ checked: true }, { checked: false }] }] }],
    });
    expect(loose).toMatchObject({ tight: false, items: [{ checked: true }, { checked: null }] });
    expect(textOf('- [x] done\n\n- other')).toBe('doneother');
  });

  it('has code with its language, headings, quotes and rules', () => {
    expect(parseMarkdown('# A\n\n> b\n\n---\n\n```TS title=x\nc\n```')).toEqual([
      { type: 'heading', level: 1, children: [{ type: 'text', text: 'A' }] },
      { type: 'quote', blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'b' }] }] },
      { type: 'rule' },
      { type: 'code', language: 'ts', code: 'c' },
    ]);
  });

  it('resolves each entity once', () => {
    expect(textOf('a &amp; b &lt; &#65; &amp;lt; &unknown;')).toBe('a & b < A &lt; &unknown;');
    expect(textOf('`&amp;`')).toBe('&amp;');
  });
});

describe('[C8] hostile Markdown', () => {
  it.each([
    ['[a](javascript:alert(1))', 'a (javascript:alert(1))'],
    ['[a](JaVaScRiPt&#58;alert(1))', 'a (JaVaScRiPt:alert(1))'],
    ['[a](data:text/html,x)', 'a (data:text/html,x)'],
    ['[a](vbscript:x)', 'a (vbscript:x)'],
    ['[a](file:///etc/passwd)', 'a (file:///etc/passwd)'],
    ['[a](//evil.example)', 'a (//evil.example)'],
    ['[total](src/total.ts)', 'total (src/total.ts)'],
    ['<javascript:alert(1)>', 'javascript:alert(1)'],
    ['![a](javascript:x)', 'a (javascript:x)'],
  ])('shows %s as text', (text, shown) => {
    expect(linksOf(text)).toEqual([]);
    expect(textOf(text)).toBe(shown);
  });

  it.each([
    ['[docs](https://example.com/a)', 'https://example.com/a', 'example.com'],
    ['[example.com](https://evil.example)', 'https://evil.example/', 'evil.example'],
    ['[a](https://example.com@evil.example/)', 'https://example.com@evil.example/', 'evil.example'],
    ['[https://example.com@evil.example](https://evil.example)', 'https://evil.example/', 'evil.example'],
    ['[a](https://ex\u0430mple.com)', 'https://xn--exmple-4nf.com/', 'xn--exmple-4nf.com'],
    ['https://example.com/b', 'https://example.com/b', null],
    ['[example.com](https://example.com/c)', 'https://example.com/c', null],
    ['[write](mailto:a@b.example)', 'mailto:a@b.example', 'a@b.example'],
    ['a@b.example', 'mailto:a@b.example', null],
  ])('shows the host of %s where the label does not', (text, href, host) => {
    expect(linksOf(text)).toMatchObject([{ href, host }]);
  });

  it('makes a link of a picture', () => {
    expect(linksOf('![A chart](https://example.com/a.png)')).toMatchObject([
      { image: true, href: 'https://example.com/a.png', children: [{ type: 'text', text: 'A chart' }] },
    ]);
  });

  it('shows HTML as text', () => {
    expect(parseMarkdown('<script>alert(1)</script>')).toEqual([
      { type: 'html', text: '<script>alert(1)</script>' },
    ]);
    expect(textOf('a <img src=x onerror=alert(1)> b')).toBe('a <img src=x onerror=alert(1)> b');
  });

  it('[X23] shows what hides or reorders, references included, and copies code as it is', () => {
    expect(textOf('a\u202eb &#x202e;')).toBe('a\\u202eb \\u202e');
    expect(parseMarkdown('```\na\u202eb\n```')).toMatchObject([{ code: 'a\u202eb' }]);
  });

  it('only ever links to what runs nothing, and never deeper than the bound', () => {
    fc.assert(
      fc.property(markdown(80), (text) => {
        const inlines = parseMarkdown(text).flatMap(inlinesIn).flatMap(withNested);
        for (const inline of inlines) {
          if (inline.type === 'link') expect(inline.href).toMatch(/^(?:https?|mailto):/);
          if ('text' in inline) expect(inline.text).not.toMatch(/[\u202e\r]/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['> ', '- ', '1. ', '>'])('nests %s to the bound, and shows the rest as text', (mark) => {
    const [block] = parseMarkdown(`${mark.repeat(4_000)}x`);

    expect(block === undefined ? 0 : depthOf(block)).toBe(NESTING_LEVELS);
  });

  it('fills no table with millions of cells', () => {
    const wide = `${'|'.repeat(1_000)}\n${'|-'.repeat(1_000)}|\n${'a\n'.repeat(1_000)}`;
    const many = 'a|b\n-|-\nc|d\n\n'.repeat(TABLE_CELLS / 2);

    const cells = (text: string) =>
      parseMarkdown(text).flatMap((block) => (block.type === 'table' ? block.rows : []));

    expect(cells(wide)).toEqual([]);
    expect(cells(many).length).toBeLessThan(TABLE_CELLS / 2);
  });

  it('leaves a paragraph beyond the bound as text', () => {
    expect(parseMarkdown(`**a** ${'b'.repeat(INLINE_CHARS)}`)).toMatchObject([
      { type: 'paragraph', children: [{ type: 'text' }] },
    ]);
  });
});
