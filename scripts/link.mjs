import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { ROOT } from './lib/repo.mjs';
import { run } from './lib/run.mjs';
import { main } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { LINK } from './lib/usages.mjs';

flagsOf(LINK);

await main(async () => {
  const node = await prepare({ build: false });
  const args = [join(ROOT, 'worker', 'local', 'link.ts'), ...process.argv.slice(2)];
  const { code, output } = await run(node, node, args, {
    quiet: true,
    environment: { NODE_NO_WARNINGS: '1' },
  });
  (code === 0 ? process.stdout : process.stderr).write(output);
  return code;
});
