import { command } from './lib/command.mjs';
import { BUILD } from './lib/usages.mjs';

await command(BUILD, { build: true }, () => 0);
