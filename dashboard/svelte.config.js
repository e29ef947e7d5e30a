import adapter from '@sveltejs/adapter-cloudflare';

// Prerendering asks for an emulated platform, for which the adapter starts a runtime that outlives the build.
// No page needs it: `/api` and `/ws` are the Worker's, here and under `npm run dev`.
const { emulate: _, ...pages } = adapter();

/** @type {import('@sveltejs/kit').Config} */
const config = {
  compilerOptions: { runes: true },
  kit: {
    adapter: pages,
    // X12. Scripts run only from our own origin or by hash. Styles may be inline: xterm.js and the
    // widgets place things by style attributes, and a style can neither read nor send anything here.
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
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
