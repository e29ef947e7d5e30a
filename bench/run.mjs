import { programCommand } from '../scripts/lib/command.mjs';
import { BENCH } from '../scripts/lib/usages.mjs';

await programCommand(BENCH, ['bench/main.ts'], { build: true });
