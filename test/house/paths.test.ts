import { describe, expect, it } from 'vitest';
import { filesOf, read } from './lib/files.ts';

const CODE = /^(?:agent-runner|worker|client|dashboard)\/src\/.*\.ts$/;
/** Messages that a path mentions beside its files. */
const MESSAGE = /^[a-z]+:[a-z]+$/;

/** `a/{b,c}` as `a/b` and `a/c`. */
function filesIn(cited: string): string[] {
  const [, head, parts, tail] = /^(.*)\{(.*)\}(.*)$/.exec(cited) ?? [];
  return parts === undefined ? [cited] : parts.split(',').map((part) => `${head}${part}${tail}`);
}

/** What is wrong with the paths in this text: files that are not there, and counts that do not count them. */
function faultsIn(text: string, known: readonly string[]): string[] {
  const [, ...paths] = text.split(/^\*\*(?=[A-Z][^*]*\*\*, \d+ files)/m);
  return paths.flatMap((path) => {
    const [, title = '', count] = /^([^*]+)\*\*, (\d+) files/.exec(path) ?? [];
    const cited = [...path.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s/g, ''));
    const files = new Set(cited.filter((code) => !MESSAGE.test(code)).flatMap(filesIn));
    const isKnown = (file: string) =>
      known.some((path) => `/${path}`.replace(/(?:\.svelte)?\.ts$/, '').endsWith(`/${file}`));
    const missing = [...files].filter((file) => !isKnown(file)).map((file) => `${title}: no ${file}`);
    return files.size === Number(count)
      ? missing
      : [...missing, `${title}: ${files.size} files, not ${count}`];
  });
}

describe('the six paths of ARCHITECTURE.md', () => {
  const map = read('ARCHITECTURE.md');
  const paths = map.slice(map.indexOf('## The six paths'), map.indexOf('Beside them:'));

  it('name files that are there, and as many as they say', () => {
    expect(paths.match(/\*\*, \d+ files/g)).toHaveLength(6);
    expect(faultsIn(paths, filesOf(CODE))).toEqual([]);
  });

  it('would be caught with a file that is gone, and with a wrong count', () => {
    const known = ['worker/src/a.ts', 'worker/src/b/c.ts', 'worker/src/b/d.svelte.ts'];
    expect(faultsIn('**A key**, 3 files: `a` → `b/{c,\n d}`', known)).toEqual([]);
    expect(faultsIn('**A key**, 2 files: `a` → `b/e`', known)).toEqual(['A key: no b/e']);
    expect(faultsIn('**A key**, 3 files: `a`, `some:message`', known)).toEqual(['A key: 1 files, not 3']);
  });
});
