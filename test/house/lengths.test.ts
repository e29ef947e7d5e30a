import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../harness/muster.ts';

/** Lines of a file of code, tests included. */
const CEILING = 400;
const CODE = /\.(?:ts|mjs|js|svelte|css)$/;

/** `path: lines` of each that git keeps and that is longer. */
function tooLong(root: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--deduplicate'], { cwd: root, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((path) => CODE.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > CEILING)
    .map(({ path, lines }) => `${path}: ${lines}`);
}

describe('the house', () => {
  it(`has no file of code of more than ${CEILING} lines: what outgrows them is redesigned`, () => {
    expect(tooLong(PROJECT)).toEqual([]);
  });
});
