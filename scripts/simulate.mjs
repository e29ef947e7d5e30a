import { runProgram } from './lib/run-program.mjs';
import { SIMULATE } from './lib/usages.mjs';

await runProgram(SIMULATE, ['--import', './test/simulation/platform/register.ts', 'test/simulation/run.ts']);
