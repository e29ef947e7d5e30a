import { describe, expect, it } from 'vitest';
import { filesOf, read } from './lib/files.ts';
import { proseOfMarkdown } from './lib/markdown.ts';

const MAP_LINES = 130;
const DECISION_LINES = 40;
const README_LINES = 40;
const COLUMNS = 130;
const PACKAGES = ['protocol', 'client', 'worker', 'agent-runner', 'dashboard'];
const DECISION = /^docs\/adr\/(\d{4})-[a-z0-9-]+\.md$/;
const PARTS = ['Context', 'Decision', 'Consequences'];

/** `path: lines` where there are more than there may be. */
function tooLong(path: string, text: string, most: number): string[] {
  const lines = text.trimEnd().split('\n').length;
  return lines > most ? [`${path}: ${lines} lines`] : [];
}

/** What is wrong with the decision at `path`; `index`: the page that lists them. */
function faultsOf(path: string, text: string, index: string): string[] {
  const number = Number(DECISION.exec(path)?.[1]);
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  const title = /^# (\d+\. .+)$/m.exec(text)?.[1] ?? '';
  return [
    ...tooLong(path, text, DECISION_LINES),
    ...(title.startsWith(`${number}. `) ? [] : [`${path}: its title has another number`]),
    ...(headings.join() === PARTS.join() ? [] : [`${path}: its parts are ${headings.join(', ')}`]),
    ...(index.includes(`[${title}](${path.replace('docs/adr/', '')})`) ? [] : [`${path}: not in the index`]),
  ];
}

/** Lines of prose that are wider than a page; tables and code may be. */
const wideLines = (path: string, text: string): string[] =>
  proseOfMarkdown(text)
    .split('\n')
    .flatMap((line, at) =>
      line.length > COLUMNS && !line.startsWith('|') ? [`${path}:${at + 1}: ${line.length} columns`] : [],
    );

describe('the documents', () => {
  const decisions = filesOf(DECISION);

  it(`ARCHITECTURE.md is a map: at most ${MAP_LINES} lines`, () => {
    expect(tooLong('ARCHITECTURE.md', read('ARCHITECTURE.md'), MAP_LINES)).toEqual([]);
  });

  it(`decisions have at most ${DECISION_LINES} lines, the same parts, consecutive numbers and a place in the index`, () => {
    const index = read('docs/adr/README.md');
    expect(decisions.flatMap((path) => faultsOf(path, read(path), index))).toEqual([]);
    const numbers = decisions.map((path) => Number(DECISION.exec(path)?.[1])).sort((a, b) => a - b);
    expect(numbers).toEqual(decisions.map((_, at) => at + 1));
  });

  it('each package has a README of half a page', () => {
    const paths = PACKAGES.map((name) => `${name}/README.md`);
    expect(paths.flatMap((path) => tooLong(path, read(path), README_LINES))).toEqual([]);
  });

  it(`no line of prose has more than ${COLUMNS} columns`, () => {
    expect(filesOf(/\.md$/).flatMap((path) => wideLines(path, read(path)))).toEqual([]);
  });

  it('would catch a planted page', () => {
    const page = `# 7. A title\n## Context\n## Decision\n## Consequences\n`;
    const index = '- [7. A title](0007-a-title.md)\n';
    expect(faultsOf('docs/adr/0007-a-title.md', page, index)).toEqual([]);
    const bad = `${page.replace('7', '8')}## More\n${'line\n'.repeat(DECISION_LINES)}`;
    expect(faultsOf('docs/adr/0007-a-title.md', bad, index)).toHaveLength(4);
    expect(tooLong('a.md', 'line\n'.repeat(MAP_LINES + 1), MAP_LINES)).toEqual(['a.md: 131 lines']);
    expect(tooLong('a.md', 'line\n'.repeat(MAP_LINES), MAP_LINES)).toEqual([]);
    const wide = 'w'.repeat(COLUMNS + 1);
    expect(wideLines('a.md', `${wide}\n| ${wide}\n\`\`\`\n${wide}\n\`\`\`\n`)).toEqual([
      'a.md:1: 131 columns',
    ]);
  });
});
