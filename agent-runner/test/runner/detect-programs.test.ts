import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { detectAdapters, detectPrograms } from '../../src/runner/detect-programs.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-offered-'));
afterEach(() => {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

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

test('[C4] a host reports the known adapters with what it lacks for each, and runs nothing for it', () => {
  for (const name of ['claude-agent-acp', 'codex-acp', 'opencode'])
    writeFileSync(join(directory, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const lacks = (major: number) =>
    Object.fromEntries(
      detectAdapters({ PATH: directory }, { file: process.execPath, major }).map((each) => [
        each.name,
        each.lacks,
      ]),
    );
  const others = { gemini: 'program', copilot: 'program', cursor: 'program', goose: 'program' };
  expect(lacks(24)).toEqual({ claude: 'node', codex: 'node', opencode: undefined, ...others });
  symlinkSync(process.execPath, join(directory, 'node'));
  expect(lacks(24)).toEqual({ claude: undefined, codex: undefined, opencode: undefined, ...others });
  expect(lacks(20)).toEqual({ claude: undefined, codex: 'node', opencode: undefined, ...others });
  // The version of another Node is not known.
  rmSync(join(directory, 'node'));
  writeFileSync(join(directory, 'node'), '#!/bin/sh\n', { mode: 0o755 });
  expect(lacks(20)['codex']).toBeUndefined();
});
