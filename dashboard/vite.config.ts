import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig(({ command }) => {
  // Whoever builds, a test run with an environment of its own too, builds what ships.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    // Nothing is put into the files as a data URL: the CSP has none for fonts (X12).
    build: {
      assetsInlineLimit: 0,
      rolldownOptions: {
        output: {
          // F16: on a slow link each file costs a share of a round trip. What most pages need is one file; what a terminal
          // needs comes with the first terminal.
          codeSplitting: {
            groups: [
              // A group takes along what its modules need, so what every page needs comes first.
              {
                name: 'core',
                priority: 3,
                test: /node_modules\/(?:svelte|@sveltejs|esm-env|clsx|devalue|zod)\//,
              },
              {
                name: 'menus',
                priority: 2,
                test: /bits-ui|floating-ui|svelte-toolbelt|runed|tabbable|@internationalized/,
              },
              {
                name: 'base',
                priority: 1,
                minShareCount: 3,
                // What draws a menu or a dialog would bring their library along to every page.
                test: (id) =>
                  !/@xterm|asciinema|simplewebauthn|Dialog\.svelte|Menu(?:List)?\.svelte/.test(id),
              },
            ],
          },
        },
      },
    },
    plugins: [tailwindcss(), sveltekit()],
  };
});
