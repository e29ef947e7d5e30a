import { describe, expect, it } from 'vitest';
import { proseOf, scriptsOf } from './lib/code.ts';
import { filesOf, read } from './lib/files.ts';
import { proseOfMarkdown } from './lib/markdown.ts';

const PRONOUN = /(?<![\w'’$`])(?:he|him|his|himself)(?![\w`])/gi;

/** Lines of prose in which a person is a *he*. */
function pronounsIn(path: string, text: string): string[] {
  if (text.match(PRONOUN) === null) return [];
  const prose = path.endsWith('.md')
    ? [proseOfMarkdown(text)]
    : proseOf(path.endsWith('.svelte') ? scriptsOf(text) : text);
  return prose
    .flatMap((part) => part.split('\n'))
    .filter((line) => line.match(PRONOUN) !== null)
    .map((line) => `${path}: ${line.trim()}`);
}

/** A sentence of a document that says neither who acts nor on what: "Who is too slow hears of it". */
const SUBJECT = /(?:^(?:[-*\d.]+ |> )?|[.!?] )(?:Who|Whom|Whoever|What|Whatever) [^.?!]*(?![^.?!]*\?)[.!]/gm;

/** Sentences of a document whose subject is such a word. */
const subjectlessIn = (path: string, text: string): string[] =>
  (
    proseOfMarkdown(text)
      // Headings and cells of tables are no sentences.
      .replaceAll(/^(?:#|\|).*$/gm, '')
      .replaceAll(/(?<!\n)\n(?=[a-zA-Z(*"])/g, ' ')
      .match(SUBJECT) ?? []
  ).map((sentence) => `${path}: ${sentence.trim()}`);

describe('sentences of documents', () => {
  it('name their subject', () => {
    expect(filesOf(/\.md$/).flatMap((path) => subjectlessIn(path, read(path)))).toEqual([]);
  });

  it('would be found without one', () => {
    const page =
      '- What is refused is counted.\nYes. Whoever\ncomes is late. What is it? It says what it is.\n';
    expect(subjectlessIn('a.md', page)).toEqual([
      'a.md: - What is refused is counted.',
      'a.md: . Whoever comes is late.',
    ]);
  });
});

describe('people', () => {
  it('are they, in documents, comments, titles and messages', () => {
    const files = filesOf(/\.(?:md|ts|mjs|svelte)$/).filter((path) => !path.startsWith('test/house/'));
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((path) => pronounsIn(path, read(path)))).toEqual([]);
  });

  it('would be found as anything else', () => {
    const code = [
      '/** The member as he is. */ const his = 1; // His own.',
      "it('signs in whom he invited', () => print('he', 'llö'));",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of one
      'throw new Error(`${name} lost his token, and ${him} it`);',
    ].join('\n');
    expect(pronounsIn('a.ts', code)).toHaveLength(4);
    expect(pronounsIn('a.svelte', `<script lang="ts">\n// to him\n</script>\n<p>he</p>`)).toHaveLength(1);
    expect(pronounsIn('a.md', 'one `he`\nand his\n```\nhim\n```\nthe heir’s she')).toEqual(['a.md: and his']);
  });
});
