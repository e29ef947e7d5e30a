import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../harness/muster.ts';
import { commentsOf } from './lib/code.ts';
import { filesOf, read } from './lib/files.ts';
import { anchorsOf, proseOfMarkdown, relativeLinksOf } from './lib/markdown.ts';

const CITED = /(?<![\w/.])((?:[\w.-]+\/)*[\w-]+\.md)\b/g;

/** Links of a page at `path` that lead nowhere. */
function brokenLinks(path: string, text: string): string[] {
  return relativeLinksOf(text).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const to = target === '' ? path : normalize(join(dirname(path), target));
    if (to !== path && !existsSync(join(PROJECT, to))) return true;
    if (anchor === undefined || !to.endsWith('.md')) return false;
    return !anchorsOf(to === path ? text : read(to)).includes(anchor);
  });
}

/** Documents that a text names and that are nowhere in the project. */
function missingDocuments(text: string, documents: readonly string[]): string[] {
  const named = [...text.matchAll(CITED)].map(([, name = '']) => name.replace(/^(?:\.\.?\/)+/, ''));
  return named.filter((name) => !documents.some((path) => path === name || path.endsWith(`/${name}`)));
}

describe('documents', () => {
  const documents = filesOf(/\.md$/);

  it('have no relative link that leads nowhere', () => {
    expect(documents.length).toBeGreaterThan(40);
    const found = documents.flatMap((path) =>
      brokenLinks(path, read(path)).map((link) => `${path}: ${link}`),
    );
    expect(found).toEqual([]);
  });

  it('are there when a document or a comment names them', () => {
    const texts = [
      ...documents.map((path) => [path, proseOfMarkdown(read(path))] as const),
      ...filesOf(/\.(?:ts|mjs)$/)
        .map((path) => [path, read(path)] as const)
        .filter(([, text]) => text.includes('.md'))
        .map(([path, text]) => [path, commentsOf(text).join('\n')] as const),
    ];
    const found = texts.flatMap(([path, text]) =>
      missingDocuments(text, documents).map((name) => `${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('would be caught with a planted link or name', () => {
    const page =
      '# A page\n[a](SPEC.md) [b](nowhere.md) [c](#a-page) [d](#gone) `[e](code.md)` [f](https://x.example)';
    expect(brokenLinks('planted.md', page)).toEqual(['nowhere.md', '#gone']);
    expect(brokenLinks('docs/planted.md', '[a](../SPEC.md#the-rules) [b](SPEC.md)')).toEqual(['SPEC.md']);
    expect(missingDocuments('see SPEC.md, docs/style.md and protocol.md', documents)).toEqual([
      'protocol.md',
    ]);
    expect(commentsOf("const a = '// no';\n/** yes.md */ f(); // and.md\n}")).toEqual([
      '/** yes.md */',
      '// and.md',
    ]);
  });
});
