import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK_BYTES = 1_000_000;
const LEVELS = [
  '\x1b[32mINFO \x1b[0m',
  '\x1b[33mWARN \x1b[0m',
  '\x1b[31mERROR\x1b[0m',
  '\x1b[36mDEBUG\x1b[0m',
];

export interface LogFile extends Disposable {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Coloured lines as build tools print them, ended as a terminal would. */
function block(from: number): Buffer {
  const lines: string[] = [];
  for (let length = 0, number = from; length < BLOCK_BYTES; number += 1) {
    const level = LEVELS[number % LEVELS.length];
    const line = `\x1b[2m${1_700_000_000 + number}\x1b[0m ${level} \x1b[1mworker-${number % 8}\x1b[0m built module ${number} in ${(number * 7919) % 500} ms\r\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, BLOCK_BYTES);
}

/** A file of that many MB in a directory of its own. */
export function writeLogFile(megabytes: number): LogFile {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const path = join(directory, 'log');
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  for (let index = 0; index < megabytes; index += 1) {
    const bytes = block(index * BLOCK_BYTES);
    hash.update(bytes);
    writeSync(file, bytes);
  }
  closeSync(file);
  return {
    path,
    bytes: megabytes * BLOCK_BYTES,
    sha256: hash.digest('hex'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
