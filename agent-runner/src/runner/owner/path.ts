import { delimiter, dirname, join, sep } from 'node:path';

/** The last directory that npm, pnpm and yarn put before the PATH of a script that they run. */
const LAST_OF_NPM = /[/\\]node-gyp-bin$/;
const OF_NPM = /(?:^|[/\\])node_modules[/\\]\.bin$|[/\\]node-gyp-bin$/;

/**
 * P6: a PATH without what Muster's own start and npm put there. `installedAt`: a file of Muster's; what lies in a
 * `node_modules` of one of its parents is Muster's, such as the Node that runs it.
 */
export function withoutOwnPaths(path: string, installedAt: string): string[] {
  const entries = path.split(delimiter).filter((entry) => entry !== '');
  const last = entries.findLastIndex((entry) => LAST_OF_NPM.test(entry));
  const ours = parentsOf(installedAt).map((parent) => join(parent, 'node_modules') + sep);
  return entries
    .filter((entry, index) => index > last || !OF_NPM.test(entry))
    .filter((entry) => !ours.some((directory) => entry.startsWith(directory)));
}

/**
 * The PATH of the host's owner, from that of this process and that of a login shell. A bare one, such as a service
 * manager gives, is replaced; one with more in it, such as that of a terminal, stays first.
 */
export function ownersPath(own: readonly string[], login: readonly string[]): string {
  const isBare = own.every((entry) => login.includes(entry));
  return [...new Set(isBare ? login : [...own, ...login])].join(delimiter);
}

function parentsOf(file: string): string[] {
  const parents: string[] = [];
  for (let at = dirname(file); at !== parents.at(-1); at = dirname(at)) parents.push(at);
  return parents;
}
