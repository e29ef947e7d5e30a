import { coresCheck } from './lib/checks.mjs';
import { checkCommand } from './lib/command.mjs';
import { COVERAGE_OF_CORES } from './lib/usages.mjs';

await checkCommand(COVERAGE_OF_CORES, coresCheck({ coverage: true }));
