import { ADAPTERS, type Adapter, adapterOf, type HostSummary } from '@muster/protocol';

/**
 * Whether hosts can start an adapter. `unknown`: they do not tell. `program`, `node`: what they lack. `runner`: their
 * runners know no conversations.
 */
export type Readiness = 'ready' | 'unknown' | 'node' | 'program' | 'runner';

/** A coding agent to talk with, as the form of a new agent offers it. */
export interface AdapterTile {
  readonly adapter: Adapter;
  readonly readiness: Readiness;
  /** Below its name, a few words. */
  readonly note: string;
}

type Host = Pick<HostSummary, 'name' | 'kinds' | 'adapters'>;

/** Best first. */
const ORDER: readonly Readiness[] = ['ready', 'unknown', 'node', 'program', 'runner'];

export function readinessOn({ kinds, adapters }: Host, { name }: Adapter): Readiness {
  if (!(kinds ?? []).includes('acp')) return 'runner';
  const found = adapters?.find((one) => one.name === name);
  return found === undefined ? 'unknown' : (found.lacks ?? 'ready');
}

/** The adapters, those that can be started first, in the order of the table otherwise. `hosts`: those that are online. */
export function adapterTiles(hosts: readonly Host[]): AdapterTile[] {
  const tiles = ADAPTERS.map((adapter) => {
    const found = hosts.map((host) => readinessOn(host, adapter));
    const readiness = ORDER.find((one) => found.includes(one)) ?? 'unknown';
    return { adapter, readiness, note: noteOf(adapter, readiness, hosts) };
  });
  const rank = ({ readiness }: AdapterTile) => Number(readiness !== 'ready');
  return tiles.sort((a, b) => rank(a) - rank(b));
}

function noteOf(adapter: Adapter, readiness: Readiness, hosts: readonly Host[]): string {
  switch (readiness) {
    case 'ready': {
      const there = hosts.filter((host) => readinessOn(host, adapter) === 'ready');
      return there.length === 1 ? `on ${there[0]?.name ?? 'this host'}` : `on ${there.length} hosts`;
    }
    case 'unknown':
      return hosts.length === 0 ? 'no host is online' : 'not looked for';
    case 'node':
      return `needs Node ${adapter.node ?? 'of a newer version'}`;
    case 'program':
      return 'not installed';
    case 'runner':
      return 'needs a newer runner';
  }
}

/** What to do on a host before a coding agent starts there; `command`: to be run there. Null: nothing. */
export interface Missing {
  readonly sentence: string;
  readonly command: string | null;
}

export function missingFor({ adapter, readiness }: AdapterTile, where: string): Missing | null {
  switch (readiness) {
    case 'ready':
    case 'unknown':
      return null;
    case 'node':
      return {
        sentence: `${adapter.title} needs Node ${adapter.node ?? ''} or newer on ${where}. Install it there and start the runner again.`,
        command: null,
      };
    case 'program':
      return {
        sentence:
          adapter.package === null
            ? `${adapter.program.command} is not on the PATH of ${where}. Install it by its own installer and start the runner again.`
            : `${adapter.program.command} is not on the PATH of ${where}. Install it there and start the runner again:`,
        command: adapter.package === null ? null : `npm install -g ${adapter.package}`,
      };
    case 'runner':
      return {
        sentence: `The runner on ${where} cannot hold conversations yet. Install the newest muster-runner there and start it again; agents that run go on.`,
        command: null,
      };
  }
}

/** The adapter that an address names (`/new?agent=claude`); null: none. */
export const adapterOfAddress = (name: string | null): Adapter | null =>
  name === null ? null : adapterOf(name);
