import { runProgram } from './lib/run-program.mjs';
import { CHAOS } from './lib/usages.mjs';

await runProgram(CHAOS, ['test/chaos/main.ts'], { build: true });
