import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

/** Tests with bounds on times and rates. They run alone: beside others they would measure those. */
const MEASURED = ['wall', 'start', 'stop', 'lossless'].map((name) => `test/e2e/${name}.test.ts`);

/** Tests of what spans packages. Each package has its own configuration and is run by its own root. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'house', include: ['test/house/**/*.test.ts'] } },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 4 * MINUTE,
          alias: {
            'cloudflare:workers': new URL('test/simulation/platform/workers.ts', import.meta.url).pathname,
          },
        },
      },
      {
        test: {
          name: 'versions',
          include: ['test/versions/**/*.test.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        test: {
          // Real coding agents, which it installs by itself, with a scripted model on this machine.
          name: 'agents',
          include: ['test/agents/*.test.ts'],
          setupFiles: ['test/harness/setup.ts'],
          maxWorkers: 1,
          testTimeout: 4 * MINUTE,
          hookTimeout: 12 * MINUTE,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: MEASURED,
          setupFiles: ['test/harness/setup.ts'],
          // Each file starts servers and a browser of its own.
          maxWorkers: 2,
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        test: {
          name: 'measured',
          include: MEASURED,
          setupFiles: ['test/harness/setup.ts'],
          fileParallelism: false,
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
    ],
  },
});
