import { runProgram } from './lib/run-program.mjs';
import { LINK } from './lib/usages.mjs';

await runProgram(LINK, ['worker/local/link.ts']);
