import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { runes } from './test/runes.ts';

/** Only what needs no browser: pure reducers, formatting, policies, controllers. */
export default defineConfig({
  plugins: [runes],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  // For what hangs: properties take seconds where all cores are busy.
  test: { include: ['test/**/*.test.ts'], environment: 'node', testTimeout: 120_000 },
});
