import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { render } from 'svelte/server';
import { createServer } from 'vite';

/** Draws a component of `src/lib/components` as HTML, without a browser: its first look, before any effect. */
export interface Renderer extends AsyncDisposable {
  draw(path: string, props: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Compiles components as the build does. Use with `await using`, once for a file of tests: it takes a second. */
export async function openRenderer(): Promise<Renderer> {
  const server = await createServer({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, ws: false, watch: null },
    plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  });
  // The components' own copy of Svelte.
  const own = await server.ssrLoadModule('svelte/server');
  const drawn: typeof render = own['render'];
  return {
    async draw(path, props) {
      const loaded = await server.ssrLoadModule(`/src/lib/components/${path}`);
      // Svelte's own marks of where blocks begin are left out.
      return drawn(loaded['default'], { props: { ...props } }).body.replace(/<!--.*?-->/g, '');
    },
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}
