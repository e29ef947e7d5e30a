import { programCommand } from './lib/command.mjs';
import { CHAOS } from './lib/usages.mjs';

await programCommand(CHAOS, ['test/chaos/main.ts'], { build: true });
