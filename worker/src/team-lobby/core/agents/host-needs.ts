import {
  ADAPTERS,
  type Adapter,
  type AdapterFound,
  type AgentKind,
  type AgentSpec,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { HostRow } from '../types.ts';
import { takesKind } from './host-kinds.ts';

/** C4: what an agent needs of its host beside room. */
export interface HostNeeds {
  readonly kind: AgentKind;
  /** The known adapter that the host must have; null: there is nothing that the host tells of. */
  readonly adapter: Adapter | null;
}

/**
 * A host looks for adapters by their names on its own PATH. So it tells nothing of a program with a path, nor of an agent
 * with a PATH of its own.
 */
export function needsOf({
  kind,
  program,
  environment,
}: Pick<AgentSpec, 'kind' | 'program' | 'environment'>): HostNeeds {
  const named =
    kind === 'acp' && !Object.hasOwn(environment, 'PATH')
      ? ADAPTERS.find((adapter) => adapter.program.command === program?.command)
      : undefined;
  return { kind, adapter: named ?? null };
}

type Lack = 'kind' | NonNullable<AdapterFound['lacks']>;

/** What a host lacks for an agent; null: nothing that it tells of. */
function lackOf(host: HostRow, { kind, adapter }: HostNeeds): Lack | null {
  if (!takesKind(host, kind)) return 'kind';
  const found = host.facts?.adapters?.find(({ name }) => name === adapter?.name);
  return found?.lacks ?? null;
}

export const meetsNeeds = (host: HostRow, needs: HostNeeds): boolean => lackOf(host, needs) === null;

/** Why none of these hosts can run the agent: what the one that lacks least would need. `hosts`: at least one. */
export function unmetNeeds(hosts: readonly HostRow[], needs: HostNeeds): WireError {
  const lacks = hosts.map((host) => ({ host, lack: lackOf(host, needs) }));
  const closest = lacks.find(({ lack }) => lack !== 'kind') ?? lacks[0];
  const name = closest?.host.name ?? 'the host';
  const message =
    closest?.lack === 'kind' || needs.adapter === null
      ? `Upgrade the runner on ${name}: this one cannot hold conversations with coding agents. ${NEWER_RUNNER}`
      : `${needs.adapter.title} cannot start on ${name}: ${missing(needs.adapter, closest?.lack ?? null)}`;
  return wireError('AGENT_SPAWN_FAILED', message, { field: 'hostId' });
}

const NEWER_RUNNER = 'Install the newest muster-runner there and start it again; agents that run go on';

function missing(adapter: Adapter, lack: Lack | null): string {
  const { package: named, node, program } = adapter;
  if (lack === 'node')
    return `it needs Node ${node ?? 'of a newer version'} or newer there. Install that, then ${AGAIN}`;
  const install =
    named === null
      ? 'Install it there by its own installer'
      : `Install it there with npm install -g ${named}${node === null ? '' : ` (Node ${node} or newer)`}`;
  return `${program.command} is not on its PATH. ${install}, then ${AGAIN}`;
}

/** A runner looks for adapters when it starts. */
const AGAIN = 'start its runner again';
