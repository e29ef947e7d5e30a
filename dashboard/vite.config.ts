import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';

/**
 * F16: zod's schemas bring along how each is written as a JSON Schema: 18 kB of what every page loads, and no page asks
 * for any. All of it answers with nothing here.
 */
const withoutJsonSchema: Plugin = {
  name: 'muster:without-json-schema',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/.test(id)) return null;
    const names = [...code.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name);
    return { code: names.map((name) => `export const ${name} = () => undefined;`).join('\n'), map: null };
  },
};

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
                priority: 4,
                test: /node_modules\/(?:svelte|@sveltejs|esm-env|clsx|devalue|zod)\//,
              },
              {
                name: 'menus',
                priority: 3,
                test: /bits-ui|floating-ui|svelte-toolbelt|runed|tabbable|@internationalized/,
              },
              {
                name: 'base',
                priority: 2,
                minShareCount: 3,
                // What draws a menu or a dialog would bring their library along to every page, and some pages show a terminal.
                test: (id) =>
                  !/@xterm|asciinema|simplewebauthn|(?<!Lazy)(?:Dialog|Menu(?:List)?)\.svelte|lib\/(?:terminal|driving)\//.test(
                    id,
                  ),
              },
              // One file with its imports before the emulator's: SvelteKit preloads nothing that it first meets behind an
              // import that comes later.
              {
                name: 'terminal',
                priority: 1,
                minShareCount: 2,
                test: (id) =>
                  /lib\/(?:components\/)?(?:terminal|driving)\//.test(id) &&
                  !/(?:Dialog|Menu(?:List)?)\.svelte/.test(id),
              },
            ],
          },
        },
      },
    },
    plugins: [withoutJsonSchema, tailwindcss(), sveltekit()],
  };
});
