import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';

/**
 * F16: leaves out zod's conversion to JSON Schema, 18 kB that every page would load and none uses. Its functions return
 * undefined in the build.
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

/** F16: what many pages share and the list of agents, which most people see first, does without. */
const NOT_HOME =
  /lib\/(?:components\/shared\/(?:Button|CopyText|Field|ItemRow|LazyDialog|Listed|Once|RowsLoading|Section|Select)\.|components\/views\/NotYoursView|connection\/links|conversations\/|recording\/|rest\/(?:listing|send)|team\/(?:device|remaining-time))|icons\/(?:arrow-left|arrow-up|bell|check|check-check|circle-question-mark|copy|key-round|keyboard|monitor|pencil|shield-question-mark)\./;

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
                // Menus and dialogs would add their library to every page. Terminals, conversations and policies are on few pages.
                test: (id) =>
                  !NOT_HOME.test(id) &&
                  !/@xterm|asciinema|simplewebauthn|run-boundary|protocol\/src\/conversations\/(?!ids|answer)|client\/src\/conversations\/|(?<!Lazy)(?:Dialog|Menu(?:List)?)\.svelte|lib\/(?:(?:components\/)?(?:terminal|driver|markdown|diff|visible-text|policy)|passkeys|components\/conversations|conversation-view)\//.test(
                    id,
                  ),
              },
              // One chunk that pages import statically: SvelteKit does not preload a chunk that it first finds behind a
              // dynamic import.
              {
                name: 'terminal',
                priority: 1,
                minShareCount: 2,
                test: (id) =>
                  /lib\/(?:components\/)?(?:terminal|driver)\//.test(id) &&
                  !/(?:Dialog|Menu(?:List)?)\.svelte/.test(id),
              },
              { name: 'pages', priority: 0, minShareCount: 3, test: NOT_HOME },
            ],
          },
        },
      },
    },
    // Grammars are files of their own, which the highlighting worker imports when it meets their language.
    worker: { format: 'es' },
    plugins: [withoutJsonSchema, tailwindcss(), sveltekit()],
  };
});
