import { userInfo } from 'node:os';
import { delimiter } from 'node:path';
import type { OwnerEnvironment } from '../../host/owner-environment.ts';
import { passedOn } from '../../program/environment.ts';
import { LOCALE_VARIABLES, readLocale } from './locale.ts';
import { type Login, readLogin } from './login-shell.ts';
import { ownersPath, withoutOwnPaths } from './path.ts';

/** Narrower than any login's: Muster's own files are for their owner alone (X16). */
const PRIVATE_UMASK = 0o077;
const USUAL_UMASK = 0o022;

export interface OwnerOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** P6: `NAME` or `NAME=value`, beside the allow-list. */
  readonly extra: readonly string[];
  /** A file of Muster's. */
  readonly installedAt: string;
  readonly login?: typeof readLogin;
}

/** P6: the environment that the host's owner would have in a login shell, as far as programs get it. */
export async function readOwner(options: OwnerOptions): Promise<OwnerEnvironment> {
  const { environment, extra, installedAt } = options;
  const names = extra.map((entry) => entry.split('=', 1)[0] ?? '');
  const given = Object.fromEntries(
    extra.flatMap((entry) => {
      const [name, value] = entry.split(/=(.*)/s);
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  const own = withoutEmpty(passedOn(environment, names));
  const known = { ...accountOf(), ...own };
  const path = withoutOwnPaths(environment['MUSTER_PATH'] ?? environment['PATH'] ?? '', installedAt);
  const login = await loginOf(known, options.login ?? readLogin);
  const loginPath = (login?.variables['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '');
  const { PATH: _, ...rest } = { ...passedOn(login?.variables ?? {}, names), ...known };
  const found = ownersPath(path, loginPath);
  const variables: Record<string, string> = { ...rest, ...(found === '' ? {} : { PATH: found }), ...given };
  const hasLocale = LOCALE_VARIABLES.some((name) => (variables[name] ?? '') !== '');
  const locale = hasLocale ? null : await readLocale(variables);
  return {
    variables: locale === null ? variables : { ...variables, LANG: locale },
    umask: umaskOf(environment['MUSTER_UMASK'], login),
  };
}

async function loginOf(
  known: Readonly<Record<string, string>>,
  read: typeof readLogin,
): Promise<Login | null> {
  const { HOME, USER, LOGNAME, SHELL, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, SSH_AUTH_SOCK } = known;
  if (SHELL === undefined) return null;
  const begin = { HOME, USER, LOGNAME, SHELL, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, SSH_AUTH_SOCK };
  const environment = withoutEmpty({ ...begin, PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb' });
  return read(SHELL, environment);
}

/** The umask before the process narrowed its own, where that is recorded; else the current one, or a login's. */
function umaskOf(before: string | undefined, login: Login | null): number {
  if (before !== undefined && /^[0-7]{1,4}$/.test(before)) return Number.parseInt(before, 8);
  const now = process.umask();
  return now === PRIVATE_UMASK ? (login?.umask ?? USUAL_UMASK) : now;
}

/** As login(1) sets them. Empty for an account without an entry, as in some containers. */
function accountOf(): Record<string, string> {
  try {
    const { username, homedir, shell } = userInfo();
    return withoutEmpty({ HOME: homedir, USER: username, LOGNAME: username, SHELL: shell ?? undefined });
  } catch {
    return {};
  }
}

function withoutEmpty(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
