import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle } from '../build.ts';

const DAY_S = 86_400;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-build-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a build keeps the chunks that keepers of an earlier one may still load, for 30 days', async () => {
  const chunk = (name: string, days: number) => {
    const path = join(directory, name);
    const at = Date.now() / 1000 - days * DAY_S;
    writeFileSync(path, '');
    utimesSync(path, at, at);
    return path;
  };
  const recent = chunk('screen-RECENT00.js', 29);
  const old = chunk('screen-OLD00000.js', 31);
  await bundle(directory);
  expect([existsSync(recent), existsSync(old)]).toEqual([true, false]);
});
