import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseFlags, UsageMistake, usageOf } from '../../scripts/lib/usage.mjs';
import * as usages from '../../scripts/lib/usages.mjs';
import { PROJECT } from '../harness/muster.ts';

/** Whatever a person starts: a new script is one of these by itself. */
const SCRIPTS = [
  ...globSync('scripts/*.mjs', { cwd: PROJECT }).sort(),
  ...[
    'bench/run.mjs',
    'bench/main.ts',
    'test/chaos/main.ts',
    'test/simulation/run.ts',
    'worker/local/start.ts',
  ],
];
const STACK = /^\s+at /m;

function run(script: string, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_NO_WARNINGS: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(PROJECT, script), ...args],
      { cwd: PROJECT, env },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Each loads a program whole, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

describe.each(SCRIPTS)('%s', (script) => {
  it('tells its usage when it is asked, and does nothing else', async () => {
    const { code, stdout, stderr } = await run(script, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: npm /m);
    expect(stdout).toContain('--help');
  });

  it.each([['--nonsense'], ['nonsense']])('refuses %s in words, with its usage', async (arg) => {
    const { code, stdout, stderr } = await run(script, arg);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(arg);
    expect(stderr).toMatch(/^Usage: npm /m);
    expect(stderr).not.toMatch(STACK);
  });
});

describe.each([
  ['test/chaos/main.ts', '--only', '999'],
  ['test/chaos/main.ts', '--only', 'x'],
  ['test/chaos/main.ts', '--minutes', '0'],
  ['bench/main.ts', '--only', 'F99'],
  ['bench/main.ts', '--rounds', 'many'],
  ['scripts/simulate.mjs', '--seed', '-1'],
  ['scripts/link.mjs', '--data', ''],
  ['worker/local/start.ts', '--host', '0.0.0.0'],
])('%s %s %s', (script, ...args) => {
  it('is refused in words, with its usage or the flag that allows it', async () => {
    const { code, stderr } = await run(script, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: npm |--insecure-http/m);
    expect(stderr).not.toMatch(STACK);
  });
});

describe.each(Object.entries(usages))('the flags of %s', (_name, command) => {
  const flags = Object.entries(command.flags as Record<string, { value?: string; least?: number }>);
  it('are each in its usage', () => {
    for (const flag of [...flags.map(([name]) => name), 'help'])
      expect(usageOf(command)).toContain(`--${flag}`);
  });

  it('need their values, and values that make sense', () => {
    for (const [name, { value, least }] of flags) {
      const wrong =
        value === undefined ? [[`--${name}=x`]] : [[`--${name}`], [`--${name}`, ''], [`--${name}`, '--json']];
      if (least !== undefined)
        wrong.push(...['x', '-1', '1.5', '1e3', String(2 ** 64)].map((text) => [`--${name}=${text}`]));
      for (const args of wrong) expect(() => parseFlags(command, args), args.join(' ')).toThrow(UsageMistake);
    }
  });
});

it('help goes before every mistake', () => {
  expect(parseFlags(usages.START, ['--port', 'x', '--help'])).toEqual({ help: true });
});
