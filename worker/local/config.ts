import { isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../agent-runner/src/host/user-error.ts';
import { parseFlags, UsageMistake, usageOf } from '../../scripts/lib/usage.mjs';
import { START } from '../../scripts/lib/usages.mjs';

/** Options of local mode. */
export interface Config {
  /** Null: the port of the last run, else the first free one from `DEFAULT_PORT` on. 0: any free one. */
  readonly port: number | null;
  readonly host: string;
  readonly data: string;
  /** It is the default directory. */
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

export type StartCommand = { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'help' };

/** A mistake in the command line: printed in one line, without a stack. */
export class UsageError extends UserError {}

/** One of the command line itself. */
export class FlagError extends UsageError {}

export const DEFAULT_PORT = 8700;
export const USUAL_DATA = '.muster';
export const HELP = usageOf(START);

const FlagsSchema = z.object({
  port: z.coerce.number().optional(),
  host: z.string().default('127.0.0.1'),
  'insecure-http': z.boolean().default(false),
  data: z.string().default(USUAL_DATA),
  root: z.array(z.string()).optional(),
  env: z.array(z.string()).optional(),
  'no-runner': z.boolean().default(false),
  'keep-agents': z.boolean().default(false),
  json: z.boolean().default(false),
  verbose: z.boolean().default(false),
  inspect: z.coerce.number().optional(),
  issuers: z.string().optional(),
  help: z.boolean().default(false),
});

function parse(args: readonly string[]): z.infer<typeof FlagsSchema> {
  try {
    return FlagsSchema.parse(parseFlags(START, args));
  } catch (error) {
    if (!(error instanceof UsageMistake)) throw error;
    throw new FlagError(`${error.message}\n\n${HELP}`);
  }
}

/** By its form: a name would be looked up, and may lead anywhere. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/**
 * Flags → config. `from` is where the person stood: npm runs scripts elsewhere.
 * @throws FlagError on flags that do not exist or make no sense
 */
export function readFlags(args: readonly string[], from: string): StartCommand {
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
      port: flags.port ?? null,
      host: flags.host,
      data: resolve(from, flags.data),
      usualData: flags.data === USUAL_DATA,
      runner: !flags['no-runner'],
      json: flags.json,
      keepAgents: flags['keep-agents'],
      verbose: flags.verbose,
      inspect: flags.inspect ?? null,
      issuers: flags.issuers === undefined ? null : resolve(from, flags.issuers),
      env: flags.env ?? null,
      roots: (flags.root ?? [homedir(), from]).map((root) => resolve(from, root)),
    },
  };
}
