import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveCommand } from '../../src/program/command.ts';
import { passedOn, programEnvironment } from '../../src/program/environment.ts';
import { resolveWorkspace } from '../../src/program/workspace.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'muster-workspace-')));
const root = join(home, 'root');
mkdirSync(join(root, 'inner'), { recursive: true });
mkdirSync(join(home, 'root-beside'));
mkdirSync(join(home, 'bin'));
writeFileSync(join(root, 'file'), 'text');
writeFileSync(join(home, 'bin', 'tool'), '#!/bin/sh\n');
chmodSync(join(home, 'bin', 'tool'), 0o755);
symlinkSync(home, join(root, 'out'));
symlinkSync(join(root, 'inner'), join(root, 'in'));
symlinkSync(root, join(home, 'root-link'));
afterAll(() => rmSync(home, { recursive: true }));

describe('[X9] a workspace', () => {
  it('is its real path under an allowed root', () => {
    expect(resolveWorkspace(root, [root])).toBe(root);
    expect(resolveWorkspace(join(root, 'inner', '..', 'in'), [root])).toBe(join(root, 'inner'));
    expect(resolveWorkspace(join(root, 'inner'), ['/nowhere', join(home, 'root-link')])).toBe(
      join(root, 'inner'),
    );
    expect(resolveWorkspace('/usr', ['/'])).toBe(realpathSync('/usr'));
  });

  it.each([
    ['a way out by dots', join(root, '..')],
    ['a way out by a symlink', join(root, 'out', 'bin')],
    ['a neighbour that begins alike', join(home, 'root-beside')],
    ['nothing', join(root, 'missing')],
    ['a file', join(root, 'file')],
    ['a relative path', 'inner'],
    ['a relative way out', '../x'],
    ['a NUL', `${root}\0`],
  ])('is refused when it is %s', (_, workspace) => {
    const refusal = expect.objectContaining({
      name: 'ProgramError',
      code: 'INVALID_MESSAGE',
      field: 'workspace',
      message: expect.stringMatching(
        /^The directory must (be an absolute path|exist under )|^This is a file, not a directory/,
      ),
    });
    expect(() => resolveWorkspace(workspace, [root])).toThrow(refusal);
  });
});

describe('[P1] a command', () => {
  const place = { directory: home, path: `/nowhere:${join(home, 'bin')}:/usr/bin:/bin` };

  it('is found in the PATH of the program, by its path, or relative to the workspace', () => {
    expect(resolveCommand('tool', place)).toBe(join(home, 'bin', 'tool'));
    expect(resolveCommand(join(home, 'bin', 'tool'), place)).toBe(join(home, 'bin', 'tool'));
    expect(resolveCommand('./bin/tool', place)).toBe(join(home, 'bin', 'tool'));
  });

  it.each([
    ['no-such-program', /^There is no program no-such-program on this host/],
    ['/no/such/program', /^There is no program \/no\/such\/program on this host/],
    ['./bin', /is a directory, not a program$/],
    ['root/file', /is not executable$/],
  ])('%s is refused', async (command, rule) => {
    const refusal = expect.objectContaining({
      code: 'AGENT_SPAWN_FAILED',
      field: 'program.command',
      message: expect.stringMatching(rule),
    });
    expect(() => resolveCommand(command, place)).toThrow(refusal);
  });
});

describe('[P6] the environment of a program', () => {
  const host = {
    PATH: '/host/bin',
    HOME: '/home/me',
    LC_TIME: 'C',
    LANG: 'C.UTF-8',
    TERM: 'linux',
    MUSTER_TOKEN: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    EMPTY: undefined,
  };

  it('has what is allowed of the host, and nothing that is not', () => {
    expect(programEnvironment(passedOn(host), {}, 'process')).toEqual({
      PATH: '/host/bin',
      HOME: '/home/me',
      LC_TIME: 'C',
      LANG: 'C.UTF-8',
    });
  });

  it('names the terminal, and gives the agent the last word', () => {
    const own = { PATH: '/own', TERM: 'vt100', KEY: 'value' };
    expect(programEnvironment(passedOn(host), {}, 'terminal')).toMatchObject({
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    });
    expect(programEnvironment(passedOn(host), own, 'terminal')).toMatchObject(own);
  });

  it('has a PATH even where the host has none', () => {
    expect(programEnvironment({}, {}, 'process')['PATH']).toContain('/usr/bin');
  });
});
