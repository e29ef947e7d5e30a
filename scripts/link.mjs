import { programCommand } from './lib/command.mjs';
import { LINK } from './lib/usages.mjs';

await programCommand(LINK, ['worker/local/link.ts']);
