import { programCommand } from './lib/command.mjs';
import { SIMULATE } from './lib/usages.mjs';

await programCommand(SIMULATE, [
  '--import',
  './test/simulation/platform/register.ts',
  'test/simulation/run.ts',
]);
