import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { atOnce } from './at-once.mjs';
import { dim, print } from './console.mjs';
import { CORE_TESTS } from './core-tests.mjs';
import { scanDependencies } from './dependencies.mjs';
import { filesUnder } from './fresh.mjs';
import { installAgents, RegistryAway } from './real-agents.mjs';
import { ROOT } from './repo.mjs';
import { run } from './run.mjs';
import { scan } from './secrets.mjs';

/**
 * A check is `{name, run(node) → {passed, failed, output, faults?}}`: how many tests passed and failed, what was
 * said, and which tests failed. A static check that fails counts as one.
 */

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** Of the smallest machine that runs the checks. */
export const CORES = 2;

/** Steps one after the other, up to the first that fails. */
async function inOrder(node, steps) {
  for (const { command, args, cwd = '.' } of steps) {
    const { code, output } = await run(node, bin(command), args, { quiet: true, cwd: join(ROOT, cwd) });
    if (code !== 0) return output;
  }
  return null;
}

/** Lists of steps, two lists at a time; all are run, so that one look shows everything. */
function staticCheck(name, lists) {
  return {
    name,
    async run(node) {
      const complaints = (await atOnce(CORES, lists, (steps) => inOrder(node, steps))).filter(
        (complaint) => complaint !== null,
      );
      return { passed: 0, failed: complaints.length > 0 ? 1 : 0, output: complaints.join('\n') };
    },
  };
}

const SVELTE = { cwd: 'dashboard' };
const TYPES = [
  [
    { command: 'svelte-kit', args: ['sync'], ...SVELTE },
    { command: 'svelte-check', args: ['--tsconfig', './tsconfig.json', '--fail-on-warnings'], ...SVELTE },
  ],
  ...['worker', 'agent-runner', 'test', 'test/simulation', 'client', 'worker/local', 'bench', 'protocol'].map(
    (path) => [{ command: 'tsc', args: ['-p', path] }],
  ),
];

/** Counts the tests of a vitest report; a file that cannot be loaded, or no report at all, is a failure too. */
export function countsOf(report, code) {
  if (report === null) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests ?? 0;
  const failed = report.numFailedTests ?? 0;
  const unseen = failed === 0 && (code !== 0 || report.success === false) ? 1 : 0;
  return { passed, failed: failed + unseen };
}

/** The tests of a vitest report that failed, and the files that could not be loaded: a line each. */
export function faultsOf(report) {
  return (report?.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return message ? [`${file}: ${firstLine(message)}`] : [];
    return failed.map(
      ({ fullName, failureMessages: [why = ''] }) => `${file}: ${fullName}: ${firstLine(why)}`,
    );
  });
}

const firstLine = (text) => text.split('\n', 1)[0];

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

function testCheck(name, args, { environment = {} } = {}) {
  return {
    name,
    async run(node) {
      const directory = mkdtempSync(join(tmpdir(), 'muster-report-'));
      const report = join(directory, 'report.json');
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const all = ['run', ...args, ...reporters];
      const { code, output } = await run(node, bin('vitest'), all, { quiet: true, environment });
      const said = readReport(report);
      rmSync(directory, { recursive: true, force: true });
      return { ...countsOf(said, code), faults: faultsOf(said), output };
    },
  };
}

const PACKAGES = ['worker', 'agent-runner', 'protocol', 'dashboard', 'client'];

/** Leaves out the tests of a package that are among those of the cores. */
const withoutCores = (root) => (CORE_TESTS[root] ?? []).flatMap((pattern) => ['--exclude', pattern]);

const found = (faults) => ({ passed: 0, failed: faults.length > 0 ? 1 : 0, output: faults.join('\n') });

/** Of all that git keeps. */
const secretsCheck = { name: 'secrets', run: async () => found(scan(ROOT)) };

/** The lock file always; what holes are known only where somebody can be asked, so that no network is no failure. */
const dependenciesCheck = {
  name: 'dependencies',
  async run(node) {
    const { faults, skipped } = await scanDependencies(node);
    if (skipped !== null) print(dim(`  ${skipped}`));
    return found(faults);
  },
};

export const TYPES_CHECK = staticCheck('types', TYPES);

export const STATIC_CHECKS = [
  TYPES_CHECK,
  staticCheck('lint', [[{ command: 'biome', args: ['check', '--error-on-warnings', '.'] }]]),
  staticCheck('import rules', [
    [{ command: 'depcruise', args: ['--config', '.dependency-cruiser.mjs', ...PACKAGES] }],
  ]),
  staticCheck('unused code', [[{ command: 'knip', args: [] }]]),
  secretsCheck,
  dependenciesCheck,
];

/**
 * The tests of the cores and the simulation. `coverage`: fails too where they go through less than 95 % of a core's lines;
 * counting those takes four tenths more time.
 */
export const coresCheck = ({ coverage }) =>
  testCheck('tests of the cores', [
    '--config',
    'vitest.cores.config.ts',
    ...(coverage ? ['--coverage'] : []),
  ]);

/** Each test runs in one of these, the slowest first, since they run in parallel. Those of protocol are all tests of cores. */
export const unitChecks = (options) => [
  coresCheck(options),
  ...['worker', 'agent-runner', 'dashboard', 'client'].map((name) =>
    testCheck(`tests of ${name}`, ['--root', name, ...withoutCores(name)]),
  ),
  testCheck('tests of the house', ['--project', 'house']),
  testCheck('simulation', ['--project', 'simulation', ...withoutCores('.')]),
];

/** The tests of the runner that start it as a process, by a path that the environment gives. */
function runnerProcessTests() {
  const paths = filesUnder(join(ROOT, 'agent-runner', 'test', 'runner'));
  return paths.filter((path) => readFileSync(path, 'utf8').includes('support/host.ts'));
}

/** The published agent-runner runs on whatever Node its host has, which may be older than the project's. */
export const hostCheck = ({ path, version }) =>
  testCheck(`agent-runner on ${version}`, ['--root', 'agent-runner', ...runnerProcessTests()], {
    environment: { MUSTER_TEST_NODE: path },
  });

/** `browser`: path of a Chromium. */
export const endToEndCheck = (browser) =>
  testCheck('end to end', ['--project', 'e2e'], { environment: { MUSTER_CHROMIUM: browser } });

/** Measurements, which need the machine to themselves. */
export const measuredCheck = (browser) =>
  testCheck('measured', ['--project', 'measured'], { environment: { MUSTER_CHROMIUM: browser } });

const agentTests = (name, browser, ...files) =>
  testCheck(name, ['--project', 'agents', ...files], { environment: { MUSTER_CHROMIUM: browser } });

/** Real coding agents with a scripted model on this machine: all that is tried of them. */
export const agentsCheck = (browser) => agentTests('real agents', browser);

/**
 * One whole turn of one of them. It comes from a package registry, so that no network, or one that takes too long, is no
 * failure.
 */
export const oneAgentCheck = (browser) => ({
  name: 'a real agent',
  async run(node) {
    try {
      await installAgents('opencode');
    } catch (error) {
      if (!(error instanceof RegistryAway)) return found([error.message]);
      print(dim(`  it was not run: ${error.message}`));
      return found([]);
    }
    return agentTests('a real agent', browser, 'test/agents/opencode-page.test.ts').run(node);
  },
});

/** G4: what earlier versions left is opened, and their runners and clients are served. */
export const versionsCheck = testCheck('earlier versions', ['--project', 'versions']);

/** Minutes of the battery that every run of all tests takes; `npm run chaos` takes as long as the whole needs. */
const CHAOS_MINUTES = 5;
/** The same faults in every run; `npm run chaos` draws a seed each time. */
const CHAOS_SEED = 1;

/** Faults on the real thing: one line a battery. */
export const chaosCheck = {
  name: 'chaos',
  async run(node) {
    const script = join(ROOT, 'test', 'chaos', 'main.ts');
    const { code, output } = await run(node, node, [
      script,
      '--minutes',
      String(CHAOS_MINUTES),
      '--seed',
      String(CHAOS_SEED),
    ]);
    // The indented lines below one say what was wrong.
    const lines = (word) =>
      (output.match(/^battery .*(?:\n {2}.*)*/gm) ?? []).filter((line) => line.includes(word));
    const faults = lines(': FAIL');
    const failed = faults.length === 0 && code !== 0 ? 1 : faults.length;
    return { passed: lines(': pass').length, failed, faults, output: '' };
  },
};
