import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { toolEnvironment } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { ROOT } from './lib/repo.mjs';
import { main } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { SIMULATE } from './lib/usages.mjs';

flagsOf(SIMULATE);

await main(async () => {
  const node = await prepare({ build: false });
  const simulation = join(ROOT, 'test', 'simulation');
  const platform = ['--import', join(simulation, 'platform', 'register.ts')];
  const child = spawn(node, [...platform, join(simulation, 'run.ts'), ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
    env: toolEnvironment(node, { NODE_NO_WARNINGS: '1' }),
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
});
