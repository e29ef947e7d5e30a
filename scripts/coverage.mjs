import { COVERAGE } from './lib/checks.mjs';
import { prepare } from './lib/prepare.mjs';
import { main } from './lib/say.mjs';

await main(async () => {
  const node = await prepare({ build: false });
  const { failed } = await COVERAGE.run(node);
  return failed === 0 ? 0 : 1;
});
