import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRenderer, type Renderer } from '../markdown/render.ts';

let renderer: Renderer;
beforeAll(async () => {
  renderer = await openRenderer();
});
afterAll(() => renderer[Symbol.asyncDispose]());

const draw = (text: string, options = {}) =>
  renderer.draw('visible-text/VisibleText.svelte', { text, ...options });

describe('[C8] visible text on the page', () => {
  it('shows a hidden character as a box that can be read and heard', async () => {
    const html = await draw('a\u202eb');

    expect(html).not.toContain('\u202e');
    expect(html).toContain('>U+202E</span>');
    expect(html).toContain('aria-label="U+202E, right-to-left override"');
  });

  it('adds nothing to a plain text, keeps its line ends, and has no ligatures', async () => {
    const html = await draw('git push --force\n  && <b>');

    expect(html).toContain('>git push --force\n  &amp;&amp; &lt;b></span>');
    expect(html).toContain('[font-variant-ligatures:none]');
    expect(html).toContain('dir="ltr"');
  });

  it('isolates words from right to left', async () => {
    expect(await draw('rm אבג 1')).toContain('rm <bdi>אבג</bdi> 1');
  });

  it('ends a line after its mark', async () => {
    expect(await draw('a\nb', { newlines: true })).toMatch(
      /aria-label="U\+000A, line feed"[^>]*>U\+000A<\/span>\nb/,
    );
  });
});
