import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-cloudflare';

// Prerendering asks for an emulated platform, for which the adapter starts a runtime that outlives the build.
// No page needs it: `/api` and `/ws` are the Worker's, here and under `npm run dev`.
const { emulate: _, ...pages } = adapter();

/** The one script that stands in the page itself: as a file it would hold up the first paint behind all others. */
const template = readFileSync(new URL('./src/app.html', import.meta.url), 'utf8');
const [, themeScript = ''] = /<script>([\s\S]*?)<\/script>/.exec(template) ?? [];
/** @type {`sha256-${string}`} */
const themeHash = `sha256-${createHash('sha256').update(themeScript).digest('base64')}`;

/** @type {import('@sveltejs/kit').Config} */
const config = {
  compilerOptions: { runes: true },
  kit: {
    adapter: pages,
    // F16: a page shows its frame and what it waits for with its first bytes, before any other file came.
    inlineStyleThreshold: 64_000,
    // Pages register it themselves, once they are at rest.
    serviceWorker: { register: false },
    // X12. Scripts run only from our own origin or by hash. Styles may be inline: xterm.js and the
    // widgets place things by style attributes, and a style can neither read nor send anything here.
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self', themeHash],
        'style-src': ['self', 'unsafe-inline'],
        'img-src': ['self', 'data:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
      },
    },
  },
};

export default config;
