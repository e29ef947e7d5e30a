/**
 * The tests of the cores, by package: `vitest.cores.config.ts` runs them, counting lines where asked to. The runs of the
 * packages leave them out, so that each test runs once.
 */
export const CORE_TESTS = {
  protocol: ['test/**/*.test.ts'],
  client: ['test/{channel,connection,requests,stream,team,transport}/**/*.test.ts'],
  worker: ['test/**/core/**/*.test.ts', 'test/gateway/*.node.test.ts'],
  'agent-runner': [
    'test/{keeper/stream,runner/core,spool}/**/*.test.ts',
    // The parts of protocol that need a terminal are tested where there is one.
    'test/screen/{run,clusters}.test.ts',
  ],
  '.': ['test/simulation/simulation.test.ts'],
};
