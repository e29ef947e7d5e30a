import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LIMITS } from '@muster/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { rankPaths } from '../../../src/keeper/conversations/rank-paths.ts';
import { locateFile, WorkspaceFiles } from '../../../src/keeper/conversations/workspace-files.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'muster-workspace-files-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const environment = { PATH: process.env['PATH'] ?? '', HOME: root };

function workspace(name: string, ...files: string[]): string {
  const directory = join(root, name);
  for (const file of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), file);
  }
  return directory;
}
const find = (directory: string, text = '', now = () => 0) =>
  new WorkspaceFiles(now).find(directory, environment, text);

describe('[C15] files of a workspace', () => {
  it('[C15] are what git tracks and what is new, without what it ignores', async () => {
    const directory = workspace('repo', 'src/a.ts', 'new.txt', 'build/out.js', '.gitignore');
    writeFileSync(join(directory, '.gitignore'), 'build/\n');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env: environment });
    git('init', '--quiet');
    git('add', 'src');
    expect(await find(directory)).toEqual(['new.txt', '.gitignore', 'src/a.ts']);
  });

  it('[C15] without git are what lies there, but for what nobody mentions', async () => {
    const directory = workspace('plain', 'a.txt', 'deep/er/b.txt', 'node_modules/x/index.js');
    expect(await find(directory)).toEqual(['a.txt', 'deep/er/b.txt']);
  });

  it('[C15] never lie outside, whatever links and repositories say', async () => {
    workspace('secret', 'key.pem');
    const directory = workspace('linked', 'inside.txt');
    symlinkSync('../secret', join(directory, 'out'));
    symlinkSync('../secret/key.pem', join(directory, 'key.pem'));
    symlinkSync('inside.txt', join(directory, 'alias.txt'));
    expect(await find(directory)).toEqual(['inside.txt']);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env: environment });
    git('init', '--quiet');
    git('add', '-A');
    expect(await find(directory)).toEqual(['alias.txt', 'inside.txt']);
    for (const path of [
      'key.pem',
      'out/key.pem',
      '../secret/key.pem',
      '/etc/passwd',
      'inside.txt/..',
      '.',
      'a\0',
    ])
      expect(locateFile(directory, path)).toBeNull();
    expect(locateFile(directory, 'alias.txt')).toBe(join(directory, 'inside.txt'));
  });

  it('[C15] a repository’s own settings start no program', async () => {
    const directory = workspace('hostile', 'a.txt');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env: environment });
    git('init', '--quiet');
    git('config', 'core.fsmonitor', `touch ${join(root, 'pwned')}`);
    expect(await find(directory)).toEqual(['a.txt']);
    expect(() => realpathSync(join(root, 'pwned'))).toThrow();
  });

  it('[C15] whose names hide something are left out, and 50 are the most', async () => {
    const many = Array.from({ length: 80 }, (_, n) => `f${n}.txt`);
    const directory = workspace('many', ...many, 'a\u202eb.txt', 'a\nb.txt');
    const found = await find(directory, 'txt');
    expect(found).toHaveLength(LIMITS.pathsFound);
    expect(found.filter((path) => !many.includes(path))).toEqual([]);
  });

  it('[C15] are looked for once while somebody types', async () => {
    let now = 0;
    const directory = workspace('typed', 'a.txt');
    const files = new WorkspaceFiles(() => now);
    expect(await files.find(directory, environment, 'a')).toEqual(['a.txt']);
    workspace('typed', 'ab.txt');
    expect(await files.find(directory, environment, 'a')).toEqual(['a.txt']);
    now = 5_000;
    expect(await files.find(directory, environment, 'a')).toEqual(['a.txt', 'ab.txt']);
  });
});

it('[C15] the path that looks most like the text is first', () => {
  const paths = [
    'lib/composer/index.ts',
    'src/Composer.svelte',
    'src/recompose.ts',
    'c/o/m/p.ts',
    'readme.md',
  ];
  expect(rankPaths(paths, 'comp', 10)).toEqual([
    'src/Composer.svelte',
    'src/recompose.ts',
    'lib/composer/index.ts',
    'c/o/m/p.ts',
  ]);
  expect(rankPaths(paths, 'srccomp', 10)).toEqual(['src/recompose.ts', 'src/Composer.svelte']);
  expect(rankPaths(paths, 'zzz', 10)).toEqual([]);
});
