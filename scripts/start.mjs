import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { command, exitCodeOf } from './lib/command.mjs';
import { toolEnvironment } from './lib/node.mjs';
import { ROOT } from './lib/repo.mjs';
import { START } from './lib/usages.mjs';

const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
const WATCH_MS = 250;
const SAME_MS = 300;

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

/**
 * A terminal gives Ctrl-C to its whole group, and npm passes it on as well: both are one. Twice would mean that the person
 * does not want to wait.
 */
function once(pass) {
  let last = Number.NEGATIVE_INFINITY;
  return (name) => {
    const now = performance.now();
    if (now - last < SAME_MS) return;
    last = now;
    pass(name);
  };
}

/** npm passes signals on, but not its own death. */
function whenNpmDies(then) {
  if (!isUnderNpm) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && then(), WATCH_MS).unref();
}

await command(START, { build: true }, (node) => {
  const child = startLocalMode(node);
  const pass = isUnderNpm ? once((name) => child.kill(name)) : (name) => child.kill(name);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => pass(name));
  whenNpmDies(() => process.exit(1));
  return exitCodeOf(child);
});
