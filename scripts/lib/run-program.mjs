import { spawn } from 'node:child_process';
import { toolEnvironment } from './node.mjs';
import { prepare } from './prepare.mjs';
import { ROOT } from './repo.mjs';
import { main } from './say.mjs';
import { flagsOf } from './usage.mjs';

/**
 * A command of this project whose work is a program of its own: checks the flags, sets up, and runs the program with the same
 * flags to its end. `program`: arguments of Node, with paths relative to the project.
 */
export async function runProgram(usage, program, { build = false, environment = {} } = {}) {
  flagsOf(usage);
  await main(async () => {
    const node = await prepare({ build });
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
}

/** Resolves when it has ended, by a signal to 1; rejects when it cannot be started. */
export function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
