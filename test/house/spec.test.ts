import { describe, expect, it } from 'vitest';
import { commentsOf, scriptsOf } from './lib/code.ts';
import { filesOf, read } from './lib/files.ts';
import { proseOfMarkdown } from './lib/markdown.ts';
import { citedIn, type Definition, definedIn, quotedIn } from './lib/rules.ts';

const PARAGRAPH_LINES = 8;
const COLUMNS = 120;

/** The rules there are: of each letter 1 up to here. A rule that goes, or comes, is a change of this list. */
const UP_TO = { A: 5, F: 13, G: 6, H: 2, I: 2, M: 5, N: 2, P: 4, Q: 13, R: 3, S: 14, X: 24 } as const;
/** And those that stand beside them. */
const BESIDES = [
  ...['B1', 'B8', 'B9', 'B9a', 'B9b', 'B9c', 'B9d', 'B9e', 'B11', 'B11a'],
  ...['B12', 'B13', 'B14', 'B15', 'B16', 'B17', 'F16', 'F18', 'L'],
  ...[
    'C2',
    'C3',
    'C4',
    'C5',
    'C6',
    'C7',
    'C8',
    'C9',
    'C10',
    'C11',
    'C12',
    'C13',
    'C14',
    'C15',
    'C16',
    'C17',
    'C18',
  ],
  ...['M2a', 'M7', 'M8', 'M9', 'M10', 'M11', 'M12', 'M13', 'M17', 'M18'],
  ...['P6', 'P7', 'P8', 'P9', 'P10', 'P11'],
  ...['R3a', 'S4a', 'S6a', 'X3a', 'X3b', 'X8a'],
];
/** Further paragraphs of a rule that outgrew one: a test that quotes the rule holds them. */
const CONTINUED = {
  ...{
    A1: 'a',
    A2: 'a',
    C10: 'ab',
    C4: 'a',
    C11: 'a',
    C9: 'abcd',
    C13: 'abc',
    C14: 'abc',
    C15: 'abc',
    G5: 'abc',
    I1: 'a',
    I2: 'a',
    L: 'ab',
    P6: 'a',
    P7: 'a',
    P8: 'a',
    Q5: 'a',
    R3: 'b',
  },
  ...{ S5: 'a', S8: 'a', S14: 'ab', X2: 'ab', X3: 'cd', X4: 'ab', X5: 'abcdefg', X7: 'a', X8: 'b' },
  ...{ X14: 'abc', X16: 'a', X18: 'a', X19: 'a' },
} as const;
/** Ids that comments may name though nothing of them is built. */
const RESERVED = ['C1'];

const numbered = Object.entries(UP_TO).flatMap(([letter, last]) =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`),
);
const continuations = Object.entries(CONTINUED).flatMap(([rule, letters]) =>
  [...letters].map((letter) => ({ rule, id: `${rule}${letter}` })),
);
const RULES = [...numbered, ...BESIDES];

const pages = () => ['SPEC.md', ...filesOf(/^docs\/spec\/.*\.md$/)];
const definitions = (): Definition[] => pages().flatMap((path) => definedIn(read(path)));

/** What tests quote, and what rows of the bench measure. */
function proven(): Set<string> {
  const tests = filesOf(/^(?:protocol|client|worker|agent-runner|dashboard|test)\/.*\.test\.ts$/);
  const rows = filesOf(/^bench\/rows\/.*\.ts$/).flatMap((path) =>
    [...read(path).matchAll(/\bid: '(F\d+)'/g)].map(([, id = '']) => id),
  );
  return new Set([...tests.flatMap((path) => quotedIn(read(path))), ...rows]);
}

/** The prose of a file in which rules are cited. */
function proseIn(path: string): string {
  const text = read(path);
  if (path.endsWith('.md')) return proseOfMarkdown(text);
  if (path.endsWith('.sql')) return (text.match(/^\s*--.*$/gm) ?? []).join('\n');
  if (citedIn(text).length === 0) return '';
  return commentsOf(path.endsWith('.svelte') ? scriptsOf(text) : text).join('\n');
}

const unproven = (rules: readonly string[], quoted: ReadonlySet<string>) =>
  rules.filter((rule) => !quoted.has(rule));
const undefinedIn = (cited: readonly string[], defined: ReadonlySet<string>) =>
  [...new Set(cited)].filter((rule) => !defined.has(rule));
const tooBig = (rules: readonly Definition[]) =>
  rules
    .filter(({ lines }) => lines.length > PARAGRAPH_LINES || lines.some((line) => line.length > COLUMNS))
    .map(({ rule }) => rule);

describe('the rules', () => {
  const defined = definitions();
  const names = new Set(defined.map(({ rule }) => rule));

  it('are each defined once, and no others', () => {
    const wanted = [...RULES, ...continuations.map(({ id }) => id), ...RESERVED];
    expect(defined.map(({ rule }) => rule).sort()).toEqual(wanted.sort());
    expect(continuations.filter(({ rule }) => !RULES.includes(rule))).toEqual([]);
  });

  it('are each quoted by a test, or measured by the bench', () => {
    const quoted = proven();
    expect(quoted.size).toBeGreaterThan(100);
    expect(unproven(RULES, quoted)).toEqual([]);
  });

  it('are each a paragraph of a few lines', () => {
    expect(tooBig(defined)).toEqual([]);
  });

  it('are there when a test quotes them', () => {
    const tests = filesOf(/\.test\.ts$/).filter((path) => !path.startsWith('test/house/'));
    const titles = tests.flatMap((path) =>
      [...read(path).matchAll(/^.*(?:\[[A-Z]\d+[a-z]?[,\]]).*$/gm)].map(([line]) => line),
    );
    const cited = titles.flatMap(quotedIn).filter((rule) => /^[ABCFGHIMNPQRSX]\d/.test(rule));
    expect(cited.length).toBeGreaterThan(500);
    expect(undefinedIn(cited, names)).toEqual([]);
  });

  it('are there when a comment or a document cites them', () => {
    const found = filesOf(/\.(?:ts|mjs|svelte|sql|md)$/)
      .filter((path) => !path.startsWith('test/house/'))
      .flatMap((path) => undefinedIn(citedIn(proseIn(path)), names).map((rule) => `${path}: ${rule}`));
    expect(found).toEqual([]);
  }, 120_000);

  it('would be missed: a planted rule, citation and paragraph', () => {
    expect(unproven(['S1', 'S99'], proven())).toEqual(['S99']);
    const comment = commentsOf("f('X98'); // kept as [S3] and X99 say (S4; Q14)\n").join();
    expect(undefinedIn(citedIn(comment), names)).toEqual(['X99', 'Q14']);
    const long = { rule: 'S1', lines: Array.from({ length: PARAGRAPH_LINES + 1 }, () => 'line') };
    expect(
      tooBig([long, { rule: 'S2', lines: ['w'.repeat(COLUMNS + 1)] }, { rule: 'S3', lines: ['ok'] }]),
    ).toEqual([...['S1', 'S2']]);
  });

  it('are read as they are written', () => {
    expect(quotedIn("it('[S2] [Q1–Q3, Q5] [F12] says [so] of const a = [B]")).toEqual([
      ...['S2', 'Q1', 'Q2', 'Q3', 'Q5', 'F12', 'B'],
    ]);
    expect(citedIn('P10 and (S4a; X5), not G0, `S9`, F10-key or "A1"')).toEqual(['P10', 'S4a', 'X5']);
    expect(definedIn('# G\n\n**S4a** Any\nother\n\nof **X2** and\n\n**L** One')).toEqual([
      { rule: 'S4a', lines: ['**S4a** Any', 'other'] },
      { rule: 'L', lines: ['**L** One'] },
    ]);
  });
});
