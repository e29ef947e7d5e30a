import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'agent-runner',
    include: ['test/**/*.test.ts'],
    // Tests start real programs: on a busy machine with two cores that is slow, never flaky.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
