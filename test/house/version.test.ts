import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUNNER_VERSION } from '../../agent-runner/src/host/version.ts';
import { PROJECT } from '../harness/muster.ts';

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const versionIn = (path: string): unknown => JSON.parse(read(`${path}package.json`)).version;

describe('the version', () => {
  it('is one, in every package and in what runs', () => {
    const version = versionIn('');
    const packages = ['protocol', 'client', 'worker', 'agent-runner', 'dashboard'];
    expect(packages.map((name) => versionIn(`${name}/`))).toEqual(packages.map(() => version));
    expect(RUNNER_VERSION).toBe(version);
    expect(read('worker/src/socket/frame.ts')).toContain(`SERVER_VERSION = '${String(version)}'`);
  });
});
