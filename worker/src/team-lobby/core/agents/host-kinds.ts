import { type AgentKind, kindForOlderClients, type Placement } from '@muster/protocol';
import { placementOf } from '../state.ts';
import type { AgentRow, HostRow } from '../types.ts';

/** The kinds of a runner that does not tell them: those of 0.2.0. */
const KINDS_OF_OLDER_RUNNERS: readonly string[] = ['terminal', 'process', 'echo'] satisfies AgentKind[];

/** C4: whether the runner of this host knows agents of this kind. */
export const takesKind = ({ facts }: Pick<HostRow, 'facts'>, kind: AgentKind): boolean =>
  (facts?.kinds ?? KINDS_OF_OLDER_RUNNERS).includes(kind);

/**
 * C4: an agent as its host may list it. A runner that was downgraded cannot read a kind that it does not know, and would
 * delete an agent that is not listed: it gets the agent under a kind that it knows, as one that it does not start.
 */
export function listedOn(
  host: Pick<HostRow, 'facts'> | undefined,
  row: AgentRow,
): Placement & { readonly wanted?: boolean } {
  const placement = placementOf(row);
  if (host === undefined || takesKind(host, row.spec.kind)) return placement;
  const spec = { ...row.spec, kind: kindForOlderClients(row.spec.kind), autostart: false };
  return { ...placement, spec, wanted: false };
}
