/** Prints 15,000 coloured lines as build tools do, and ends. */
const LINES = 15_000;
const LEVELS = [
  '\x1b[32mINFO \x1b[0m',
  '\x1b[33mWARN \x1b[0m',
  '\x1b[31mERROR\x1b[0m',
  '\x1b[36mDEBUG\x1b[0m',
];

for (let line = 0; line < LINES; line += 1) {
  const level = LEVELS[line % LEVELS.length];
  const words = `src/module-${(line * 7919) % 997}/part-${(line * 31) % 89}.ts in ${(line * 104_729) % 500} ms`;
  const text = `\x1b[2m${1_700_000_000 + line}\x1b[0m ${level} \x1b[1mworker-${line % 8}\x1b[0m built ${words}, ${words}, ${words}`;
  process.stdout.write(`${text.slice(0, 190)}\n`);
}
