import type { AgentKind } from '@muster/protocol';

/** P6: what a program gets of the host's environment. Everything else may be a secret of the runner. */
const ALLOWED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
]);
const ALLOWED_PREFIX = 'LC_';
/** What the dashboard's terminal is. */
const TERMINAL = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
const DEFAULTS = { PATH: '/usr/local/bin:/usr/bin:/bin' };

/** P6: the whole environment of a program, the agent's own variables having the last word. */
export function programEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
  kind: AgentKind,
): Record<string, string> {
  const inherited = Object.entries(host).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (ALLOWED.has(entry[0]) || entry[0].startsWith(ALLOWED_PREFIX)),
  );
  return {
    ...DEFAULTS,
    ...Object.fromEntries(inherited),
    ...(kind === 'terminal' ? TERMINAL : {}),
    ...own,
  };
}
