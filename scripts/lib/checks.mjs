import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './repo.mjs';
import { run } from './run.mjs';

/**
 * A check is `{name, run(node) → {passed, failed, output, shown?}}`: how many tests passed and failed, and
 * what was said. A static check that fails counts as one.
 */

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** Commands one after the other; all are run, so that one look shows everything. */
function staticCheck(name, commands) {
  return {
    name,
    async run(node) {
      const results = [];
      for (const { command, args, cwd } of commands) {
        results.push(
          await run(node, bin(command), args, { quiet: true, ...(cwd ? { cwd: join(ROOT, cwd) } : {}) }),
        );
      }
      const bad = results.filter((result) => result.code !== 0);
      return {
        passed: 0,
        failed: bad.length > 0 ? 1 : 0,
        output: bad.map((result) => result.output).join('\n'),
      };
    },
  };
}

const project = (path) => ({ command: 'tsc', args: ['-p', path] });

const TYPES = [
  ...['protocol', 'client', 'worker', 'worker/local', 'agent-runner', 'test'].map(project),
  { command: 'svelte-kit', args: ['sync'], cwd: 'dashboard' },
  {
    command: 'svelte-check',
    args: ['--tsconfig', './tsconfig.json', '--fail-on-warnings'],
    cwd: 'dashboard',
  },
];

/** What a vitest report counts; a file that cannot be loaded, or no report at all, is a failure too. */
export function countsOf(report, code) {
  if (report === null) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests ?? 0;
  const failed = report.numFailedTests ?? 0;
  const unseen = failed === 0 && (code !== 0 || report.success === false) ? 1 : 0;
  return { passed, failed: failed + unseen };
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

function testCheck(name, args, { shown = false, environment = {} } = {}) {
  return {
    name,
    async run(node) {
      const directory = mkdtempSync(join(tmpdir(), 'muster-report-'));
      const report = join(directory, 'report.json');
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const all = ['run', ...args, ...reporters];
      const { code, output } = await run(node, bin('vitest'), all, { quiet: !shown, environment });
      const counts = countsOf(readReport(report), code);
      rmSync(directory, { recursive: true, force: true });
      return { ...counts, output: shown ? '' : output };
    },
  };
}

const PACKAGES = ['protocol', 'client', 'worker', 'agent-runner', 'dashboard'];

export const STATIC_CHECKS = [
  staticCheck('types', TYPES),
  staticCheck('lint', [{ command: 'biome', args: ['check', '--error-on-warnings', '.'] }]),
  staticCheck('import rules', [
    { command: 'depcruise', args: ['--config', '.dependency-cruiser.mjs', ...PACKAGES] },
  ]),
  staticCheck('unused code', [{ command: 'knip', args: [] }]),
];

export const UNIT_CHECKS = [
  ...PACKAGES.map((name) => testCheck(`tests of ${name}`, ['--root', name])),
  testCheck('tests of the house', ['--project', 'house']),
];

/** `browser`: path of a Chromium. */
export const endToEndCheck = (browser) =>
  testCheck('end to end', ['--project', 'e2e'], { shown: true, environment: { MUSTER_CHROMIUM: browser } });
