import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { takeLock } from '../../src/control/lock.ts';

const name = `test-${process.pid}`;
/** Every Node on the path: a machine may have another version beside the one that runs the tests. */
const NODES = new Set(
  (process.env['PATH'] ?? '')
    .split(':')
    .map((directory) => join(directory, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path)),
);

test('[P3] one holder per name, until it lets go', async () => {
  const lock = await takeLock(name);
  expect(lock).not.toBeNull();
  expect(await takeLock(name)).toBeNull();
  expect(await takeLock(`${name}-other`)).not.toBeNull();
  lock?.release();
  await expect.poll(() => takeLock(name)).not.toBeNull();
});

test.runIf(process.platform === 'linux')(
  '[P3] its name fills the address, as every version of Node writes it',
  async () => {
    await takeLock(`${name}-long`);
    const [address] =
      readFileSync('/proc/net/unix', 'latin1').match(new RegExp(`@muster-${name}-long@*`)) ?? [];
    expect(address).toHaveLength(108);
  },
);

test.each([process.execPath, ...NODES])(
  '[P3] dies with its holder, under %s, and is seen from here until then',
  async (node) => {
    const source = `import { takeLock } from ${JSON.stringify(fileURLToPath(new URL('../../src/control/lock.ts', import.meta.url)))};
    console.log(await takeLock(${JSON.stringify(`${name}-child`)}) !== null); setInterval(() => {}, 1000);`;
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
    });
    const child = spawn(node, ['--input-type=module', '-e', outputFiles[0]?.text ?? '']);
    expect(String((await once(child.stdout, 'data'))[0]).trim()).toBe('true');
    expect(await takeLock(`${name}-child`)).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const taken = await takeLock(`${name}-child`);
    expect(taken).not.toBeNull();
    taken?.release();
  },
);
