import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { toolEnvironment } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { ROOT } from './lib/repo.mjs';
import { main } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { START } from './lib/usages.mjs';

const WATCH_MS = 250;

/**
 * Local mode in a session of its own, so that Ctrl-C reaches this process alone and the end has an order.
 * The channel tells it when this process is gone without a word.
 */
function startLocalMode(node) {
  return spawn(node, [join(ROOT, 'worker', 'local', 'start.ts'), ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: toolEnvironment(node, { NODE_NO_WARNINGS: '1' }),
  });
}

/** npm passes signals on, but not its own death. */
function whenNpmDies(then) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && then(), WATCH_MS).unref();
}

flagsOf(START);

await main(async () => {
  const node = await prepare({ build: true });
  const child = startLocalMode(node);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  whenNpmDies(() => process.exit(1));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
});
