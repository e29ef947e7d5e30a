import { spawn } from 'node:child_process';
import { main, print } from './console.mjs';
import { toolEnvironment } from './node.mjs';
import { prepare } from './prepare.mjs';
import { ROOT } from './repo.mjs';
import { flagsOf } from './usage.mjs';

/**
 * A command of this project: checks its flags, sets the project up and does `work(node, flags)`, which resolves to the exit
 * code. `build`: builds what is stale too.
 */
export async function command(usage, { build }, work) {
  const flags = flagsOf(usage);
  await main(async () => work(await prepare({ build }), flags));
}

/** A command that is one check of `npm test`. */
export const checkCommand = (usage, check) =>
  command(usage, { build: false }, async (node) => {
    const { failed, output } = await check.run(node);
    if (output !== '') print(output);
    return failed === 0 ? 0 : 1;
  });

/**
 * A command that is a program of its own, which gets the same flags and runs to its end. `program`: arguments of Node, with
 * paths relative to the project.
 */
export const programCommand = (usage, program, { build = false, environment = {} } = {}) =>
  command(usage, { build }, (node) => {
    const child = spawn(node, [...program, ...process.argv.slice(2)], {
      cwd: ROOT,
      stdio: 'inherit',
      env: toolEnvironment(node, { NODE_NO_WARNINGS: '1', ...environment }),
    });
    // Ctrl-C reaches the whole group by itself; this process only waits for the other to end.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    return exitCodeOf(child);
  });

/** Resolves when it has ended, by a signal to 1; rejects when it cannot be started. */
export function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
