import { setInterval, setTimeout } from 'node:timers';

/** Prints 100 kB/s, never a capital K (viewer/keys.ts), until its terminal is gone. */
const EVERY_MS = 10;
const LONGEST_MS = 120_000;
const line = `${'compiling a module, and another one '.repeat(28).slice(0, 998)}\r\n`;

process.stdout.on('error', () => process.exit(0));
setInterval(() => process.stdout.write(line), EVERY_MS);
setTimeout(() => process.exit(0), LONGEST_MS);
