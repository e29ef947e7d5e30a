import { setInterval, setTimeout } from 'node:timers';

/** Prints so many bytes a second, as coloured lines every so many ms, until its input or output is gone. */
const [bytesPerSecond = 0, everyMs = 0] = process.argv.slice(2).map(Number);
const LONGEST_MS = 600_000;
const LINE_BYTES = 100;
const perTick = Math.max(1, Math.round((bytesPerSecond * everyMs) / 1_000));
let printed = 0;

function text(bytes: number): string {
  let all = '';
  while (all.length < bytes) {
    const start = `\x1b[3${printed % 8}mstep ${printed}\x1b[0m `;
    all += start.padEnd(Math.min(LINE_BYTES, bytes - all.length) - 2, '.').slice(0, LINE_BYTES - 2);
    all += '\r\n';
    printed += 1;
  }
  return all;
}

process.stdout.on('error', () => process.exit(0));
setInterval(() => process.stdout.write(text(perTick)), everyMs);
setTimeout(() => process.exit(0), LONGEST_MS);
