import { type Config, isLoopback } from './config.ts';

/** What local mode prints when it runs. */
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

type Paint = (text: string) => string;

function palette(colour: boolean): { bold: Paint; dim: Paint; accent: Paint; red: Paint } {
  const paint = (code: string) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bold: paint('1'), dim: paint('2'), accent: paint('1;36'), red: paint('1;31') };
}

/** The lines for a terminal. */
export function banner(now: BannerInput, colour: boolean): string {
  const { bold, dim, accent, red } = palette(colour);
  const row = (name: string, value: string) => `  ${dim(name.padEnd(11))}${value}`;
  const host =
    now.host === null
      ? dim('none (--no-runner)')
      : `${now.host}${dim(`, agents may work in ${now.roots.join(' and ')}`)}`;
  return [
    '',
    `  ${bold('Muster is running.')}`,
    '',
    ...now.warnings.flatMap((warning) => [`  ${red(warning)}`, '']),
    row('Dashboard', now.url),
    row('This host', host),
    row('Data', now.data),
    '',
    row('Sign in', accent(now.link)),
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

export const inRed = (text: string, colour: boolean): string => palette(colour).red(text);
