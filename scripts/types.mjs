import { STATIC_CHECKS } from './lib/checks.mjs';
import { prepare } from './lib/prepare.mjs';
import { main, say } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { TYPES } from './lib/usages.mjs';

flagsOf(TYPES);

await main(async () => {
  const node = await prepare({ build: false });
  const { failed, output } = await STATIC_CHECKS[0].run(node);
  if (failed > 0) say(output);
  return failed === 0 ? 0 : 1;
});
