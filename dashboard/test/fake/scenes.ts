import type { FakeAgent } from './team.ts';

/** The output of the fake programs. */
export const FLOOD_BYTES_PER_S = 1_000_000;

const SHELL = [
  '\x1b]0;bash: ~/checkout\x07\x1b[1;32mbuild-01\x1b[0m:\x1b[1;34m~/checkout\x1b[0m$ git status -sb',
  '## \x1b[32mmain\x1b[0m...\x1b[31morigin/main\x1b[0m',
  ' \x1b[31mM\x1b[0m src/cart/totals.ts',
  '\x1b[31m??\x1b[0m src/cart/totals.test.ts',
  '\x1b[1;32mbuild-01\x1b[0m:\x1b[1;34m~/checkout\x1b[0m$ ls --color',
  '\x1b[1;34mdist\x1b[0m  \x1b[1;34mnode_modules\x1b[0m  package.json  README.md  \x1b[1;32mrun.sh\x1b[0m  \x1b[1;34msrc\x1b[0m  \x1b[1;36mlatest\x1b[0m',
  `\x1b[1;32mbuild-01\x1b[0m:\x1b[1;34m~/checkout\x1b[0m$ for i in {0..15}; do printf "\\e[48;5;\${i}m  "; done`,
  `${Array.from({ length: 16 }, (_, index) => `\x1b[48;5;${index}m    `).join('')}\x1b[0m`,
  `${Array.from({ length: 16 }, (_, index) => `\x1b[38;5;${index}m text`).join('')}\x1b[0m`,
  '\x1b[1;32mbuild-01\x1b[0m:\x1b[1;34m~/checkout\x1b[0m$ ',
].join('\r\n');

function coding(cols: number): string {
  const width = Math.min(cols - 2, 96);
  const bar = '─'.repeat(width);
  return [
    '\x1b[2J\x1b[H\x1b[1m\x1b[35m✻\x1b[0m \x1b[1mWorking on checkout\x1b[0m  \x1b[2m~/checkout · main\x1b[0m',
    '',
    '\x1b[36m>\x1b[0m make the cart total exact to the cent, and prove it',
    '',
    '\x1b[32m⏺\x1b[0m I will look at how totals are added up first.',
    '',
    '\x1b[32m⏺\x1b[0m \x1b[1mRead\x1b[0m(src/cart/totals.ts)',
    '  \x1b[2m⎿  Read 84 lines\x1b[0m',
    '',
    '\x1b[32m⏺\x1b[0m \x1b[1mUpdate\x1b[0m(src/cart/totals.ts)',
    '  \x1b[2m⎿  Updated with 3 additions and 1 removal\x1b[0m',
    '     \x1b[2m41\x1b[0m    const lines = cart.lines.filter(isPriced);',
    '     \x1b[2m42\x1b[0m \x1b[41m\x1b[97m-  return lines.reduce((sum, l) => sum + l.price * l.count, 0);   \x1b[0m',
    '     \x1b[2m42\x1b[0m \x1b[42m\x1b[30m+  const cents = lines.map((l) => toCents(l.price) * l.count);     \x1b[0m',
    '     \x1b[2m43\x1b[0m \x1b[42m\x1b[30m+  return fromCents(sum(cents));                                   \x1b[0m',
    '',
    '\x1b[33m✽\x1b[0m \x1b[33mRunning the tests…\x1b[0m \x1b[2m(38s · esc to interrupt)\x1b[0m',
    '',
    `╭${bar}╮`,
    `│ \x1b[36m>\x1b[0m ${' '.repeat(width - 3)}│`,
    `╰${bar}╯`,
    '  \x1b[2m? for shortcuts\x1b[0m',
  ].join('\r\n');
}

const LEVELS = [
  '\x1b[32mINFO\x1b[0m ',
  '\x1b[33mWARN\x1b[0m ',
  '\x1b[36mDEBUG\x1b[0m',
  '\x1b[32mINFO\x1b[0m ',
];
export function logLine(count: number): string {
  const level = LEVELS[count % LEVELS.length];
  return `\x1b[2m12:04:${String(count % 60).padStart(2, '0')}\x1b[0m ${level} GET /cart/${count * 7919} \x1b[32m200\x1b[0m in ${(count * 31) % 90} ms\n`;
}

const STILL =
  'cc -O2 -c ring.c\r\n\x1b[1mring.c:41:7:\x1b[0m \x1b[1;31merror:\x1b[0m expected ‘;’ before ‘}’ token\r\nmake: *** [Makefile:12: ring.o] Error 1\r\n';

export function opening(scene: FakeAgent['scene'], cols: number): string {
  if (scene === 'shell') return SHELL;
  if (scene === 'coding') return coding(cols);
  if (scene === 'still') return STILL;
  return scene === 'logs' ? Array.from({ length: 40 }, (_, index) => logLine(index)).join('') : '';
}

const LINE = new TextEncoder().encode(
  '\x1b[2m2026-01-15T09:26:51Z\x1b[0m \x1b[32mINFO\x1b[0m worker[7] \x1b[1mfetched\x1b[0m /objects/9f86d081884c7d65 \x1b[36m12ms\x1b[0m ok\r\n',
);

/** `size` bytes, about, of coloured log lines. */
export function flood(size: number): Uint8Array {
  const lines = Math.max(1, Math.round(size / LINE.length));
  const data = new Uint8Array(lines * LINE.length);
  for (let index = 0; index < lines; index += 1) data.set(LINE, index * LINE.length);
  return data;
}
