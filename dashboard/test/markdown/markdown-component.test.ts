import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRenderer, type Renderer } from './render.ts';

let renderer: Renderer;
beforeAll(async () => {
  renderer = await openRenderer();
});
afterAll(() => renderer[Symbol.asyncDispose]());

const draw = (text: string, streaming = false) =>
  renderer.draw('markdown/Markdown.svelte', { text, streaming });

describe('[C8] Markdown on the page', () => {
  it.each([
    '<script>alert(1)</script>',
    'a <img src=x onerror=alert(1)> b',
    '![a](https://example.com/a.png)',
    '[a](javascript:alert(1))',
    '```<b>\n<script>\n```',
    '`<script>`',
    '| <iframe> |\n|---|\n| <svg onload=x> |',
    '# <style>',
    '[a](https://b.example/"onmouseover="x)',
  ])('runs and loads nothing of %s', async (text) => {
    const html = await draw(text);
    const tags = [...html.matchAll(/<([a-z]\w*)([^>]*)>/g)];

    expect(tags.length).toBeGreaterThan(0);
    for (const [, name, attributes] of tags) {
      expect(['script', 'img', 'iframe', 'style']).not.toContain(name);
      expect(attributes).not.toMatch(/\son\w+=|javascript:/);
    }
  });

  it('opens links elsewhere, without saying where they came from', async () => {
    const html = await draw('[docs](https://example.com/a)');

    expect(html).toContain('href="https://example.com/a"');
    expect(html).toContain('target="_blank"');
    expect(html).toContain('rel="noopener noreferrer nofollow"');
    expect(html).toContain('> (example.com)<');
  });

  it('draws lists in lists, tasks, tables and headings below the page’s own', async () => {
    const html = await draw('# A\n\n3. b\n   - [x] c\n\n| d |\n|--:|\n| **e** |\n\n> f');

    expect(html).toMatch(/<h3[^>]*>A<\/h3>/);
    expect(html).toMatch(/<ol[^>]*start="3"[\s\S]*<ul[\s\S]*aria-label="Done"/);
    expect(html).toMatch(/<th scope="col"[^>]*text-right[^>]*>d<\/th>/);
    expect(html).toMatch(/<td[^>]*><strong[^>]*>e<\/strong><\/td>/);
    expect(html).toMatch(/<blockquote[^>]*>.*f/);
  });

  it('shows code at once, plain, with its line ends', async () => {
    expect(await draw('```ts\nconst a = 1;\n\n  b();\n```')).toContain(
      'const a = 1;\n\n  b();</span></code>',
    );
  });

  it('shows text that is cut off as it will be', async () => {
    expect(await draw('some **bol', true)).toMatch(/some <strong[^>]*>bol<\/strong>/);
  });
});
