import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { toolEnvironment } from '../scripts/lib/node.mjs';
import { prepare } from '../scripts/lib/prepare.mjs';
import { ROOT } from '../scripts/lib/repo.mjs';
import { main } from '../scripts/lib/say.mjs';
import { flagsOf } from '../scripts/lib/usage.mjs';
import { BENCH } from '../scripts/lib/usages.mjs';

flagsOf(BENCH);

await main(async () => {
  const node = await prepare({ build: true });
  const child = spawn(node, [join(ROOT, 'bench', 'main.ts'), ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
    env: toolEnvironment(node, { NODE_NO_WARNINGS: '1' }),
  });
  // Ctrl-C reaches the whole group by itself; this process only waits for the other to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
});
