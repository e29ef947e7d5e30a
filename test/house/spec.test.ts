import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../harness/muster.ts';

const RULE = /^[A-Z]\d*[a-z]?$/;
const SPAN = /^([A-Z])(\d+)[–-]\1(\d+)$/;

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

  it('is read as it is written', () => {
    expect(quotedIn("it('[S2] [Q1–Q3, Q5] [F12] says [so] of const a = [B]")).toEqual([
      ...['S2', 'Q1', 'Q2', 'Q3', 'Q5', 'F12', 'B'],
    ]);
    expect(definedIn('- **S4a** Any other … **X2** One **next** and S9')).toEqual(['S4a', 'X2']);
  });
});
