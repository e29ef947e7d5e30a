import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import type { TestError } from 'vitest';
import { defineConfig } from 'vitest/config';
import { outside } from './test/issuers/outside.ts';
import { TRUSTED } from './test/issuers/trusted.ts';
import { TEST_TEAMS } from './test/teams.ts';

const path = (relative: string) => new URL(relative, import.meta.url).pathname;

/** Pure cores need no runtime: they run in plain Node, many times faster. */
const PURE = ['test/**/core/**/*.test.ts', 'test/**/*.node.test.ts'];

/** For what hangs, ms: properties take seconds where all cores are busy. */
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000 };

/**
 * Vitest ended a file's worker while that was still resolving a module, most likely for an object whose alarm was due just
 * then. The file's tests have passed or failed by then, so this is no failure of theirs.
 */
const isLateImport = ({ name, message }: Error | TestError): boolean =>
  name === 'EnvironmentTeardownError' && message.includes('Closing rpc while "resolve" was pending');

export default defineConfig(async () => ({
  root: path('.'),
  test: {
    onUnhandledError: (error: Error | TestError): boolean => !isLateImport(error),
    projects: [
      { test: { name: 'core', root: path('.'), include: PURE, environment: 'node', ...LIMITS } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: path('../wrangler.toml') },
            miniflare: {
              outboundService: outside,
              bindings: {
                MUSTER_KEY: 'OJlnNoxxdVYNTbxIOn8sG76-sLqXP6sVnfrmZECfF6I', // not a secret: of these tests only
                MUSTER_TEAMS: TEST_TEAMS.join(' '),
                MUSTER_ORIGINS: 'https://pages.example',
                MUSTER_HOSTNAMES: 'other.example=other',
                MUSTER_ISSUERS: JSON.stringify(TRUSTED),
                TEST_MIGRATIONS: await readD1Migrations(path('../migrations')),
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          root: path('.'),
          include: ['test/**/*.test.ts'],
          exclude: PURE,
          setupFiles: ['test/setup.ts'],
          ...LIMITS,
        },
      },
    ],
  },
}));
