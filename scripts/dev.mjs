import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { toolEnvironment } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { ROOT } from './lib/repo.mjs';
import { main } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { DEV } from './lib/usages.mjs';

flagsOf(DEV);

await main(async () => {
  const node = await prepare({ build: false });
  const child = spawn(node, [join(ROOT, 'scripts', 'dev', 'serve.mjs')], {
    cwd: ROOT,
    stdio: 'inherit',
    env: toolEnvironment(node, { NODE_NO_WARNINGS: '1', WRANGLER_SEND_METRICS: 'false' }),
  });
  // Ctrl-C reaches the whole group by itself; this process only waits for the others to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
});
