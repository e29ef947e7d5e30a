import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { LANGUAGES, languageOf } from '../../../src/lib/markdown/code/languages.ts';
import { inPieces, tokensOf, toSpans } from '../../../src/lib/markdown/code/spans.ts';
import { CLASSES, TOKEN_KINDS } from '../../../src/lib/markdown/code/token-kinds.ts';
import { tokenize } from '../../../src/lib/markdown/code/tokenize.ts';
import { contrast } from '../contrast.ts';

const kindsOf = async (code: string, language: 'typescript' | 'json' | 'diff' | 'bash') =>
  tokensOf(code, await tokenize(code, language)).filter(({ kind }) => kind !== 'plain');

describe('[C8] tokens of code', () => {
  it('tells comments, keywords, strings, constants, functions and types apart', async () => {
    const tokens = await kindsOf('// c\nfunction add(a: Money) { return "s" + 1; }', 'typescript');

    expect(tokens).toEqual([
      { kind: 'comment', text: '// c' },
      { kind: 'keyword', text: 'function' },
      { kind: 'function', text: 'add' },
      { kind: 'keyword', text: ':' },
      { kind: 'type', text: 'Money' },
      { kind: 'keyword', text: 'return' },
      { kind: 'string', text: '"s"' },
      { kind: 'keyword', text: '+' },
      { kind: 'constant', text: '1' },
    ]);
  });

  it('marks what a patch adds and removes', async () => {
    expect(await kindsOf('-a\n+b', 'diff')).toMatchObject([{ kind: 'deleted' }, { kind: 'inserted' }]);
  });

  it.each(LANGUAGES)('reads %s, and loses no character', async (language) => {
    const code = '#include <x>\r\n# a\n"b" {c: 1}\n<d e="f">\ud800\n\n@g(h)\n';

    const tokens = tokensOf(code, await tokenize(code, language));

    expect(tokens.map(({ text }) => text).join('')).toBe(code);
  });

  it('knows languages by their usual names', () => {
    expect(['ts', 'SH', 'py', 'Dockerfile', 'yml', 'c++'].map(languageOf)).toEqual([
      'typescript',
      'bash',
      'python',
      'docker',
      'yaml',
      'cpp',
    ]);
    expect(['', 'nosuch', '__proto__', 'constructor'].map(languageOf)).toEqual([null, null, null, null]);
  });
});

const tokens = fc.array(
  fc.record({ kind: fc.constantFrom(...TOKEN_KINDS), text: fc.string({ maxLength: 9 }) }),
);

describe('[C8] spans', () => {
  it('give back the code, whatever came after they were made', () => {
    fc.assert(
      fc.property(tokens, fc.string(), (made, later) => {
        const code = made.map(({ text }) => text).join('') + later;
        expect(
          tokensOf(code, toSpans(made))
            .map(({ text }) => text)
            .join(''),
        ).toBe(code);
      }),
    );
  });

  it('are cut into pieces of lines without a loss', () => {
    const line = fc.record({
      kind: fc.constantFrom(...TOKEN_KINDS),
      text: fc.constantFrom('a', '\n', 'b\nc', '\n\n'),
    });
    fc.assert(
      fc.property(fc.array(line), (made) => {
        const pieces = inPieces(made, 2);
        const texts = pieces.map((piece) => piece.map(({ text }) => text).join(''));
        expect(texts.join('')).toBe(made.map(({ text }) => text).join(''));
        for (const text of texts) expect(text.split('\n').length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('the colours of code', () => {
  const names = [
    ...new Set(Object.values(CLASSES).flatMap((classes) => /text-([\w-]+)/.exec(classes)?.[1] ?? [])),
  ];
  const cases = names.flatMap((name) => (['light', 'dark'] as const).map((theme) => ({ name, theme })));

  it.each(cases)('$name has a contrast of 4.5 on the ground of code, $theme', ({ name, theme }) => {
    expect(contrast(name, 'term', theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(name, 'sunken', theme)).toBeGreaterThanOrEqual(4.5);
  });
});
