/**
 * The oracle: prints coloured log lines and writes down what it printed, so that any reader can be checked
 * against it. On a terminal it switches all translation off first, so that every byte arrives as written.
 *
 *   node printer.mjs --bytes N --oracle FILE [--rate BYTES_PER_SECOND] [--piece BYTES] [--copy FILE]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parseArgs } from 'node:util';
import { PieceHasher } from '../piece-hasher.ts';

const STDOUT = 1;
const BLOCK_BYTES = 65_536;
const COLOURS = [31, 32, 33, 34, 35, 36, 90];
const WORDS = ['connected', 'größe', 'スプール', 'retry', '✓ stored', 'cache miss', 'naïve', '🙂 done'];
const TEXT = Array.from({ length: 4_000 }, (_, i) => {
  const colour = COLOURS[i % COLOURS.length];
  const word = WORDS[(i * 7) % WORDS.length];
  return `\x1b[${colour}m[${String(i).padStart(6, '0')}]\x1b[0m ${word} ${'x'.repeat((i * 31) % 90)} \x1b[1m${i * 2_654_435_761}\x1b[0m\n`;
}).join('');
const LINES = Buffer.from(TEXT + TEXT);
const PERIOD = LINES.length / 2;

/** No two are equal, so that nothing can change places unseen. */
function block(index, bytes) {
  const head = Buffer.from(`\x1b[7mblock ${index}\x1b[0m\n`);
  const from = (index * 7_919) % PERIOD;
  return Buffer.concat([head, LINES.subarray(from, from + BLOCK_BYTES)]).subarray(0, bytes);
}

function writeAll(fd, data) {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
}

const { values } = parseArgs({
  options: {
    bytes: { type: 'string' },
    oracle: { type: 'string' },
    rate: { type: 'string' },
    piece: { type: 'string' },
    copy: { type: 'string' },
  },
});
const total = Number(values.bytes);
const rate = values.rate === undefined ? Number.POSITIVE_INFINITY : Number(values.rate);
if (isatty(STDOUT)) execFileSync('stty', ['raw', '-echo'], { stdio: 'inherit' });

const hash = createHash('sha256');
const pieces = values.piece === undefined ? null : new PieceHasher(Number(values.piece));
const copy = values.copy === undefined ? null : openSync(values.copy, 'w');
const began = performance.now();
for (let written = 0, index = 0; written < total; index += 1) {
  const data = block(index, Math.min(BLOCK_BYTES, total - written));
  // The copy is written first: a reader of it finds everything that was printed.
  if (copy !== null) writeAll(copy, data);
  writeAll(STDOUT, data);
  hash.update(data);
  pieces?.add(data);
  written += data.length;
  const early = began + (written / rate) * 1000 - performance.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
}
// Renamed into its place, so that a reader finds it whole.
const ms = performance.now() - began;
const text = JSON.stringify({ bytes: total, sha256: hash.digest('hex'), ms, pieces: pieces?.done ?? [] });
writeFileSync(`${values.oracle}.part`, text);
renameSync(`${values.oracle}.part`, values.oracle);
