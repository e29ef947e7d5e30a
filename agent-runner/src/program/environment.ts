import type { AgentKind } from '@muster/protocol';

/** P6: what a program gets of the host's environment. Everything else may be a secret, or belong to a tool. */
const ALLOWED = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ'],
  ...['LANG', 'LANGUAGE', 'LOCPATH'],
  ...['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'],
  ...['XDG_CONFIG_DIRS', 'XDG_DATA_DIRS'],
  ...['SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS'],
  // Certificate authorities, as OpenSSL, Node, curl, Python's requests and pip, git, cargo and the AWS tools read them.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'],
  ...['PIP_CERT', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'CARGO_HTTP_CAINFO', 'AWS_CA_BUNDLE'],
]);
/** Programs disagree whether these are written in capitals. */
const PROXIES = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY']);
const ALLOWED_PREFIX = 'LC_';
/** The type of the dashboard's terminal. */
const TERMINAL = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
const DEFAULTS = { PATH: '/usr/local/bin:/usr/bin:/bin' };

export type Variables = Readonly<Record<string, string>>;

/** P6: what of an environment is passed on to programs. `more`: names that the host's owner allows beside the list. */
export function passedOn(
  environment: Readonly<Record<string, string | undefined>>,
  more: Iterable<string> = [],
): Record<string, string> {
  const extended = new Set(more);
  const allows = (name: string) =>
    ALLOWED.has(name) ||
    name.startsWith(ALLOWED_PREFIX) ||
    PROXIES.has(name.toUpperCase()) ||
    extended.has(name);
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && allows(entry[0]),
    ),
  );
}

/** P6: the whole environment of a program, the agent's own variables having the last word. */
export function programEnvironment(
  owner: Variables,
  own: Variables,
  kind: AgentKind,
): Record<string, string> {
  return { ...DEFAULTS, ...owner, ...(kind === 'terminal' ? TERMINAL : {}), ...own };
}
