import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { detectPrograms } from '../../src/runner/detect-programs.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-offered-'));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a host reports which of the offered programs its agents would find', () => {
  writeFileSync(join(directory, 'claude'), '#!/bin/sh\n');
  chmodSync(join(directory, 'claude'), 0o755);
  writeFileSync(join(directory, 'codex'), 'not executable');
  chmodSync(join(directory, 'codex'), 0o644);
  writeFileSync(join(directory, 'another'), '#!/bin/sh\n');
  chmodSync(join(directory, 'another'), 0o755);
  expect(detectPrograms({ PATH: directory })).toEqual(['claude']);
  expect(detectPrograms({ PATH: '/nowhere' })).toEqual([]);
});
