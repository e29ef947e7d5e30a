import { TYPES_CHECK } from './lib/checks.mjs';
import { checkCommand } from './lib/command.mjs';
import { TYPES } from './lib/usages.mjs';

await checkCommand(TYPES, TYPES_CHECK);
