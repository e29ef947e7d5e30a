import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;
/** Of lines, in each of them, %. */
const LEAST = { lines: 95 };

/** The parts that decide: pure, so that their tests and the simulation go through them without a runtime. */
const CORES = [
  'protocol/src',
  'client/src/connection',
  'client/src/requests',
  'client/src/stream',
  'client/src/transport',
  'worker/src/gateway/core.ts',
  'worker/src/team-lobby/core',
  'worker/src/agent-room/core',
  'agent-runner/src/keeper/stream',
  'agent-runner/src/runner/core',
  'agent-runner/src/spool',
];
const files = (core: string) => (core.endsWith('.ts') ? core : `${core}/**/*.ts`);

const TESTS = {
  protocol: ['protocol/test/**/*.test.ts'],
  client: ['client/test/{connection,requests,stream,transport}/**/*.test.ts'],
  worker: ['worker/test/**/core/**/*.test.ts', 'worker/test/gateway/*.node.test.ts'],
  'agent-runner': [
    'agent-runner/test/{keeper/stream,runner/core,spool}/**/*.test.ts',
    // The parts of protocol that need a terminal are tested where there is one.
    'agent-runner/test/screen/{run,clusters}.test.ts',
  ],
  simulation: ['test/simulation/simulation.test.ts'],
};

/** What the cores' own tests and the simulation cover of them, together. */
export default defineConfig({
  test: {
    projects: Object.entries(TESTS).map(([name, include]) => ({
      // Counting makes all of it slower.
      test: { name, include, testTimeout: 4 * MINUTE },
    })),
    coverage: {
      provider: 'v8',
      include: CORES.map(files),
      reporter: ['text'],
      reportsDirectory: 'node_modules/.cache/coverage',
      thresholds: Object.fromEntries(CORES.map((core) => [files(core), LEAST])),
    },
  },
});
