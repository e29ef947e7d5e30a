import { coresCheck } from './lib/checks.mjs';
import { prepare } from './lib/prepare.mjs';
import { main, say } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { COVERAGE_OF_CORES } from './lib/usages.mjs';

flagsOf(COVERAGE_OF_CORES);

await main(async () => {
  const node = await prepare({ build: false });
  const { failed, output } = await coresCheck({ coverage: true }).run(node);
  say(output);
  return failed === 0 ? 0 : 1;
});
