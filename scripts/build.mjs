import { prepare } from './lib/prepare.mjs';
import { main } from './lib/say.mjs';
import { flagsOf } from './lib/usage.mjs';
import { BUILD } from './lib/usages.mjs';

flagsOf(BUILD);

await main(async () => {
  await prepare({ build: true });
  return 0;
});
