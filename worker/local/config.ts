import { isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Mistake } from '../../agent-runner/src/host/mistake.ts';

/** What local mode was asked for. */
export interface Config {
  /** Null: the port of the last run, else the first free one from `DEFAULT_PORT` on. 0: any free one. */
  readonly port: number | null;
  readonly host: string;
  readonly data: string;
  /** It is where it is when nobody says where. */
  readonly usualData: boolean;
  readonly runner: boolean;
  readonly json: boolean;
  readonly keepAgents: boolean;
  readonly verbose: boolean;
  /** The port on which a debugger finds the Workers; null: none does. */
  readonly inspect: number | null;
  /** A file that holds MUSTER_ISSUERS (X2); null: this data directory's own key alone signs in. */
  readonly issuers: string | null;
  /** P6: `NAME` or `NAME=value`: what programs get beside what they always get; null: as before. */
  readonly env: readonly string[] | null;
  /** Directories the agents of this machine may work in. */
  readonly roots: readonly string[];
}

export type Asked = { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'help' };

/** A mistake of the person who typed the command: told in one line, without a stack. */
export class UsageError extends Mistake {}

/** One of the command line itself. */
export class FlagError extends UsageError {}

export const DEFAULT_PORT = 8700;
const USUAL_DATA = '.muster';
const HIGHEST_PORT = 65_535;

export const HELP = `Muster: a live control room for agents on your machines.

  npm start -- [flags]

  --port N         port to listen on (default: that of the last run, else the first free from ${DEFAULT_PORT}; 0: any)
  --host ADDRESS   address to listen on (default: 127.0.0.1); beyond this machine only with --insecure-http
  --insecure-http  others on the network may read and take over every session: put a proxy with TLS in front instead
  --data DIR       where everything is kept (default: .muster)
  --root DIR       a directory agents may work in; may be repeated (default: your home and this directory)
  --env NAME       a variable of yours that agents get too, or NAME=value; may be repeated
  --no-runner      do not run agents on this machine
  --keep-agents    leave the agents running when Muster is stopped
  --json           one line of JSON on stdout when ready: url, loginUrl, token, team, host
  --issuers FILE   who else signs members in: JSON as in docs/sign-in.md; it may hold secrets, so keep it to yourself
  --verbose        show what the server and the runner log
  --inspect PORT   let a debugger of JavaScript look into the server, on 127.0.0.1: whoever can connect to that
                   port, another account or a page of another site, has the server and its keys
  --help           this text
`;

function portOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > HIGHEST_PORT) {
    throw new FlagError(`--${flag} must be a number from 0 to ${HIGHEST_PORT}, not ${text}`);
  }
  return port;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        'insecure-http': { type: 'boolean', default: false },
        data: { type: 'string', default: USUAL_DATA },
        root: { type: 'string', multiple: true },
        env: { type: 'string', multiple: true },
        'no-runner': { type: 'boolean', default: false },
        'keep-agents': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        inspect: { type: 'string' },
        issuers: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new FlagError(`${error instanceof Error ? error.message : String(error)}\nSee npm start -- --help`);
  }
}

/** By its form: a name would be looked up, and may lead anywhere. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/**
 * Flags → config. `from` is where the person stood: npm runs scripts elsewhere.
 * @throws FlagError on flags that do not exist or make no sense
 */
export function readFlags(args: readonly string[], from: string): Asked {
  const flags = parse(args);
  if (flags.help) return { kind: 'help' };
  if (!isLoopback(flags.host) && !flags['insecure-http']) {
    throw new FlagError(
      `--host ${flags.host} would serve plain HTTP to the network: others there could read every sign-in and take it over. ` +
        'Leave it on 127.0.0.1 behind a proxy with TLS, or add --insecure-http if the network is yours alone.',
    );
  }
  return {
    kind: 'run',
    config: {
      port: portOf('port', flags.port),
      host: flags.host,
      data: resolve(from, flags.data),
      usualData: flags.data === USUAL_DATA,
      runner: !flags['no-runner'],
      json: flags.json,
      keepAgents: flags['keep-agents'],
      verbose: flags.verbose,
      inspect: portOf('inspect', flags.inspect),
      issuers: flags.issuers === undefined ? null : resolve(from, flags.issuers),
      env: flags.env ?? null,
      roots: (flags.root ?? [homedir(), from]).map((root) => resolve(from, root)),
    },
  };
}
