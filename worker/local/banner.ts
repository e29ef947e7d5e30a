import { styleText } from 'node:util';
import { type Config, isLoopback } from './config.ts';

/** The values that local mode prints when it runs. */
export interface BannerInput {
  readonly url: string;
  readonly link: string;
  readonly data: string;
  readonly host: string | null;
  readonly roots: readonly string[];
  readonly keepAgents: boolean;
  /** The command that prints another link for this data directory. */
  readonly linkCommand: string;
  /** Risks of the options it was started with. */
  readonly warnings: readonly string[];
}

const dim = (text: string) => styleText('dim', text);

/** The lines for stdout, with colours where it is a terminal. */
export function banner(now: BannerInput): string {
  const row = (name: string, value: string) => `  ${dim(name.padEnd(11))}${value}`;
  const host =
    now.host === null
      ? dim('none (--no-runner)')
      : `${now.host}${dim(`, agents may work in ${now.roots.join(' and ')}`)}`;
  return [
    '',
    `  ${styleText('bold', 'Muster is running.')}`,
    '',
    ...now.warnings.flatMap((warning) => [`  ${inRed(warning, process.stdout)}`, '']),
    row('Dashboard', now.url),
    row('This host', host),
    row('Data', now.data),
    '',
    row('Sign in', styleText(['bold', 'cyan'], now.link)),
    row('', dim(`good once, within 15 minutes; ${now.linkCommand} makes another`)),
    '',
    `  ${dim(now.keepAgents ? 'Ctrl-C stops it; the agents go on.' : 'Ctrl-C stops it and its agents.')}`,
    '',
  ].join('\n');
}

/** X20, X17: warnings, printed in red. */
export function warningsOf({ host, inspect }: Pick<Config, 'host' | 'inspect'>): string[] {
  return [
    ...(isLoopback(host)
      ? []
      : [`Plain HTTP on ${host}: whoever is on this network can read every sign-in and take it over.`]),
    ...(inspect === null
      ? []
      : [
          `A debugger's port is open (127.0.0.1:${inspect}): whoever can connect to it has this server and its keys.`,
        ]),
  ];
}

export const inRed = (text: string, stream: NodeJS.WriteStream): string =>
  styleText(['bold', 'red'], text, { stream });
