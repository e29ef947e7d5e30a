import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, faultsOf } from '../../scripts/lib/checks.mjs';
import { CORE_TESTS } from '../../scripts/lib/core-tests.mjs';
import { hashOf, isFresh, stamp } from '../../scripts/lib/fresh.mjs';
import { isInstalled } from '../../scripts/lib/install.mjs';
import { PROJECT } from '../harness/muster.ts';

describe('what is installed', () => {
  const wanted = {
    '': { name: 'muster', version: '1.0.0' },
    'node_modules/zod': { version: '4.0.0', integrity: 'a' },
    'node_modules/@muster/client': { resolved: 'client', link: true },
    client: { name: '@muster/client', version: '1.0.0' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'b', optional: true },
  };
  const present = {
    'node_modules/zod': { version: '4.0.0', integrity: 'a' },
    'node_modules/@muster/client': { resolved: 'client', link: true },
  };

  it('is enough when only packages of other platforms are missing', () => {
    expect(isInstalled(wanted, present)).toBe(true);
  });

  it.each([
    ['nothing was installed', {}],
    ['a version differs', { ...present, 'node_modules/zod': { version: '4.0.1', integrity: 'a' } }],
    ['the content differs', { ...present, 'node_modules/zod': { version: '4.0.0', integrity: 'z' } }],
    ['a workspace is not linked', { 'node_modules/zod': { version: '4.0.0', integrity: 'a' } }],
  ])('is not enough when %s', (_, found) => {
    expect(isInstalled(wanted, found)).toBe(false);
  });
});

describe('what is built', () => {
  const target = { inputs: ['src', 'absent'], outputs: ['dist/out.js'] };
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'muster-build-'));
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'src', 'a.ts'), '1');
    writeFileSync(join(root, 'dist', 'out.js'), '');
    stamp(target, hashOf(target, root), root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const fresh = () => isFresh(target, hashOf(target, root), root);

  it('is fresh after it was stamped', () => expect(fresh()).toBe(true));

  it.each([
    ['an input changed', () => writeFileSync(join(root, 'src', 'a.ts'), '2')],
    ['an input was added', () => writeFileSync(join(root, 'src', 'b.ts'), '')],
    ['text moved between inputs', () => writeFileSync(join(root, 'src', 'a.ts1'), '')],
    ['an output is gone', () => rmSync(join(root, 'dist', 'out.js'))],
    ['all outputs are gone', () => rmSync(join(root, 'dist'), { recursive: true })],
  ])('is stale when %s', (_, change) => {
    change();
    expect(fresh()).toBe(false);
  });
});

describe('the tests of the cores', () => {
  it.each(Object.entries(CORE_TESTS))('are there by each pattern of %s', (root, patterns) => {
    const found = patterns.map((pattern) => globSync(pattern, { cwd: join(PROJECT, root) }).length);
    expect(Math.min(...found)).toBeGreaterThan(0);
  });
});

describe('what is counted', () => {
  it('adds up a report', () => {
    expect(countsOf({ numPassedTests: 7, numFailedTests: 2, success: false }, 1)).toEqual({
      passed: 7,
      failed: 2,
    });
  });
  it('counts a file that cannot be loaded', () => {
    expect(countsOf({ numPassedTests: 7, numFailedTests: 0, success: false }, 1)).toEqual({
      passed: 7,
      failed: 1,
    });
  });
  it('counts a run that left no report', () => {
    expect(countsOf(null, 1)).toEqual({ passed: 0, failed: 1 });
  });
  it('names what failed in a line each', () => {
    const test = (fullName: string, status: string, failureMessages: string[] = []) => ({
      fullName,
      status,
      failureMessages,
    });
    const file = (name: string, message: string, assertionResults: unknown[]) => ({
      name: join(process.cwd(), name),
      message,
      assertionResults,
    });
    const testResults = [
      file('a.test.ts', '', [test('one', 'passed'), test('two', 'failed', ['expected 1\nat a:1'])]),
      file('b.test.ts', 'no such module\nin b', []),
    ];
    expect(faultsOf({ testResults })).toEqual(['a.test.ts: two: expected 1', 'b.test.ts: no such module']);
    expect(faultsOf(null)).toEqual([]);
  });
});
