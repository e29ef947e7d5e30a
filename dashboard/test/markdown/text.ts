import fc from '../../../test/harness/fast-check.ts';

/** Pieces of Markdown that act on each other, whole and cut off. */
const PIECES = [
  ...[
    '- ',
    '1. ',
    '> ',
    '\n',
    '\n\n',
    '    ',
    '\t',
    'a',
    'b c',
    '# ',
    '```',
    '```ts\n',
    '~~~',
    '|',
    '\r',
    '\r\n',
  ],
  ...[
    'a|b\n-|-\n',
    '*',
    '**',
    '_',
    '`',
    '[a]',
    '(b)',
    ': ',
    '[a]: http://b.c',
    '"',
    '<b>',
    '<!--',
    '-->',
    '---',
  ],
  ...[
    '===',
    ' ',
    '  ',
    '\\',
    '<script>',
    '&amp;',
    '~~',
    '- [x] ',
    '\n  ',
    '(https://a.b)',
    '![c]',
    '\u202e',
    '😀',
  ],
] as const;

export const markdown = (pieces = 40): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: pieces }).map((chosen) => chosen.join(''));
