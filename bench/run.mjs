import { runProgram } from '../scripts/lib/run-program.mjs';
import { BENCH } from '../scripts/lib/usages.mjs';

await runProgram(BENCH, ['bench/main.ts'], { build: true });
