import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../harness/muster.ts';

const RULE = /^[A-Z]\d*[a-z]?$/;
const SPAN = /^([A-Z])(\d+)[–-]\1(\d+)$/;

/** The rules there are: of each letter 1 up to here. A rule that goes, or comes, is a change of this list. */
const UP_TO = { A: 5, G: 5, H: 2, I: 2, N: 2, P: 4, Q: 13, R: 3, S: 14, X: 24 } as const;
/** And those that stand beside them. */
const BESIDES = [
  ...['B9', 'B9a', 'B9b', 'B9c', 'B9d', 'B9e', 'B11', 'B11a'],
  ...['P6', 'P7', 'P8', 'P9', 'P10', 'P11'],
  ...['B12', 'B13', 'B14', 'B15', 'B16', 'B17', 'M2a', 'M12', 'R3a'],
  ...['M9', 'M10', 'M11', 'S4a', 'S6a', 'X3a', 'X3b', 'X8a'],
];

/** The rules that a text names as `[S2]`, `[N2, R1]` or `[Q1–Q3, Q5]`. */
function quotedIn(text: string): string[] {
  const groups = [...text.matchAll(/\[([A-Z][^\]\n]*)\]/g)].map(([, group = '']) => group.split(/,\s*/));
  return groups.flat().flatMap((part) => {
    const [, letter = '', from, to] = SPAN.exec(part) ?? [];
    if (from === undefined) return RULE.test(part) ? [part] : [];
    const count = Number(to) - Number(from) + 1;
    return Array.from({ length: count }, (_, index) => `${letter}${Number(from) + index}`);
  });
}

const definedIn = (spec: string) =>
  [...spec.matchAll(/\*\*([A-Z]\d+[a-z]?)\*\*/g)].map(([, rule = '']) => rule);

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

describe('SPEC.md', () => {
  it('names no rule that no test quotes', () => {
    const tests = globSync('{protocol,client,worker,agent-runner,dashboard,test}/**/*.test.ts', {
      cwd: PROJECT,
      exclude: (name) => name === 'node_modules',
    });
    const quoted = new Set(tests.flatMap((path) => quotedIn(read(path))));
    expect(quoted.size).toBeGreaterThan(50);
    expect(definedIn(read('SPEC.md')).filter((rule) => !quoted.has(rule))).toEqual([]);
  });

  it('has every rule, once', () => {
    const families = Object.entries(UP_TO).flatMap(([letter, last]) =>
      Array.from({ length: last }, (_, index) => `${letter}${index + 1}`),
    );
    expect(definedIn(read('SPEC.md')).sort()).toEqual([...families, ...BESIDES].sort());
  });

  it('is read as it is written', () => {
    expect(quotedIn("it('[S2] [Q1–Q3, Q5] [F12] says [so] of const a = [B]")).toEqual([
      ...['S2', 'Q1', 'Q2', 'Q3', 'Q5', 'F12', 'B'],
    ]);
    expect(definedIn('- **S4a** Any other … **X2** One **next** and S9')).toEqual(['S4a', 'X2']);
  });
});
