import { defineConfig } from 'vitest/config';
import { CORE_TESTS } from './scripts/lib/core-tests.mjs';

const MINUTE = 60_000;
/** Of lines, in each of them, %. */
const LEAST = { lines: 95 };

/** The parts that decide: pure, so that their tests and the simulation go through them without a runtime. */
const CORES = [
  'protocol/src',
  'client/src/channel',
  'client/src/connection',
  'client/src/requests',
  'client/src/stream',
  'client/src/team',
  'client/src/transport',
  'worker/src/gateway/core.ts',
  'worker/src/team-lobby/core',
  'worker/src/team-lobby/core/identity',
  'worker/src/agent-room/core',
  'agent-runner/src/keeper/stream',
  'agent-runner/src/runner/core',
  'agent-runner/src/spool',
];
const files = (core: string) => (core.endsWith('.ts') ? core : `${core}/**/*.ts`);

/** The tests of the cores and the simulation, and the lines of the cores that they cover together. */
export default defineConfig({
  test: {
    projects: Object.entries(CORE_TESTS).map(([root, include]) => ({
      // For what hangs: counting lines beside other work takes minutes.
      test: { name: root === '.' ? 'simulation' : root, root, include, testTimeout: 10 * MINUTE },
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
