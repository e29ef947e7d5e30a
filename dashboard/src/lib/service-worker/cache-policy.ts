/**
 * `file`: its name changes with its content, so what is kept is right for ever. `shell`: a page's HTML, which has no data.
 * `network`: everything else, and all that somebody's sign-in decides.
 */
export type CachePolicy = 'file' | 'shell' | 'network';

const FILES = '/_app/immutable/';
const PREFIX = 'muster-';
/** ms that a page waits for the server before the copy shows: more than a good line takes, and no wait to a person. */
export const SHELL_WAIT_MS = 150;
/** Pages kept of one version: there is one for each agent. */
export const MOST_SHELLS = 30;
/** Pages by which somebody comes in: their addresses carry what works once. */
const ENTRANCES = /^\/(?:signin|join)(?:\/|$)/;
const DATA = /^\/(?:api|ws|_app)(?:\/|$)/;

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly mode: string;
}

export function policyFor({ method, url, mode }: Asked, origin: string): CachePolicy {
  const address = new URL(url);
  if (method !== 'GET' || address.origin !== origin) return 'network';
  if (address.pathname.startsWith(FILES)) return 'file';
  const isPage = mode === 'navigate' && !ENTRANCES.test(address.pathname) && !DATA.test(address.pathname);
  return isPage ? 'shell' : 'network';
}

export const cacheName = (version: string): string => `${PREFIX}${version}`;

/**
 * Caches to delete, of names in the order of their making. The one before ours stays: pages of the version before may be
 * open still, and load code that no server has any more.
 */
export function outdatedCaches(names: readonly string[], current: string): readonly string[] {
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== current);
  return others.slice(0, -1);
}

/** Addresses of the built files that a page's HTML names and loads at once. */
export function filesNamedIn(html: string, address: string): readonly string[] {
  const loaded = html.replaceAll(/<link [^>]*\bdisabled\b[^>]*>/g, '');
  const named = loaded.match(/[./]*_app\/immutable\/[\w./-]+\.(?:js|css)/g) ?? [];
  return [...new Set(named.map((path) => new URL(path, address).href))];
}
