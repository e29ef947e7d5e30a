import type { AgentUid, Placement } from '@muster/protocol';

export interface Reconciliation {
  /** Not the lobby's any more, or of an older generation: ended and archived. */
  readonly end: readonly AgentUid[];
  /** New here, or under a new generation. */
  readonly place: readonly Placement[];
  /** The same placement, perhaps with a newer spec. */
  readonly keep: readonly Placement[];
}

/** N2: `lobby:welcome` is the whole truth. */
export function reconcile(known: readonly Placement[], listed: readonly Placement[]): Reconciliation {
  const generations = new Map(known.map(({ spec, generation }) => [spec.agentUid, generation]));
  const wanted = new Map(listed.map(({ spec, generation }) => [spec.agentUid, generation]));
  const isKept = ({ spec, generation }: Placement) => (generations.get(spec.agentUid) ?? 0) >= generation;
  return {
    end: known
      .filter(({ spec, generation }) => generation < (wanted.get(spec.agentUid) ?? Number.POSITIVE_INFINITY))
      .map(({ spec }) => spec.agentUid),
    place: listed.filter((placement) => !isKept(placement)),
    keep: listed.filter(isKept),
  };
}
