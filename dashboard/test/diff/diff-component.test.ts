import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPARED_LINES } from '../../src/lib/diff/limits.ts';
import { contrast } from '../markdown/contrast.ts';
import { openRenderer, type Renderer } from '../markdown/render.ts';

let renderer: Renderer;
beforeAll(async () => {
  renderer = await openRenderer();
});
afterAll(() => renderer[Symbol.asyncDispose]());

const draw = (oldText: string | null, newText: string, path = 'src/a.ts') =>
  renderer.draw('diff/Diff.svelte', { path, oldText, newText });
const wordsOf = (html: string) => html.replace(/<[^>]*>/g, '|').replace(/[|\s]+/g, '|');

describe('[C8] a change on the page', () => {
  it('marks lines by sign as well as by colour, with their numbers', async () => {
    const html = await draw('a\nold line\n', 'a\nnew line\n');

    expect(wordsOf(html)).toContain('|1|1|a|2|−|old|line|2|+|new|line|');
    expect(html).toMatch(/<mark[^>]*>new<\/mark>/);
    expect(html).toContain('+1');
  });

  it('shows hidden characters in lines and in the path, and blanks at the end of a changed line', async () => {
    const html = await draw('a\n', 'a \u202e\nb \n', 'src/\u200ba.ts');

    expect(html).not.toMatch(/[\u202e\u200b]/);
    expect(html).toContain('U+202E, right-to-left override');
    expect(html).toContain('U+200B, zero width space');
    expect(html).toContain('U+0020, space');
  });

  it('folds unchanged runs', async () => {
    const long = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('');

    expect(await draw(long, `${long}end\n`)).toContain('Show 37 unchanged lines');
  });

  it('shows a new file, and one that does not change', async () => {
    expect(wordsOf(await draw(null, 'a\n'))).toContain('|1|+|a|');
    expect(await draw('a', 'a')).toContain('Nothing changes in this file.');
  });

  it('says that a change is too long, with its size, and offers the texts', async () => {
    const html = await draw('a\n', 'b\n'.repeat(COMPARED_LINES + 1));

    expect(html).toContain('too long to compare');
    expect(wordsOf(html)).toContain('Text|after');
  });

  it('runs nothing of a text', async () => {
    expect(await draw('', '<script>alert(1)</script>', '<img src=x>')).not.toMatch(/<(?:script|img)/);
  });
});

describe('the colours of a change', () => {
  const grounds = ['term', 'bad-wash', 'accent-wash'] as const;
  const cases = grounds.flatMap((ground) => (['light', 'dark'] as const).map((theme) => ({ ground, theme })));

  it.each(cases)('have a contrast of 4.5 on $ground, $theme', ({ ground, theme }) => {
    for (const name of ['text', 'muted', 'bad', 'live']) {
      if ((name === 'bad' && ground === 'accent-wash') || (name === 'live' && ground === 'bad-wash'))
        continue;
      expect(contrast(name, ground, theme), name).toBeGreaterThanOrEqual(4.5);
    }
  });
});
