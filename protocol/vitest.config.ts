import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'protocol',
    include: ['test/**/*.test.ts'],
    // For what hangs: properties take seconds where all cores are busy.
    testTimeout: 120_000,
  },
});
