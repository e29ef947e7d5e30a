import type { PastAgent, Placement } from '@muster/protocol';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** A1: the agent as history is to know it. */
export function pastAgent({ placement, createdAt }: Durable, deletedAt: number | null = null): PastAgent {
  const { agentUid, agentId, name, kind, hostId, labels } = placement.spec;
  return { agentUid, agentId, name, kind, hostId, labels, createdAt, deletedAt };
}

/** Since when history does not know it, once it is placed so: most of a placement is nothing to history. */
export function unknownSince(durable: Durable, placement: Placement, now: number): number | null {
  const same = isSame(pastAgent(durable), pastAgent({ ...durable, placement }));
  return same ? durable.unknownSince : (durable.unknownSince ?? now);
}

/** History has this version of the agent: done, unless it was changed meanwhile. */
export function handleAgentWritten(work: UnitOfWork, agent: PastAgent): void {
  const { durable } = work.room;
  if (durable === null || durable.unknownSince === null || !isSame(pastAgent(durable), agent)) return;
  work.change(durable, { unknownSince: null }, false);
}

const isSame = (one: PastAgent, other: PastAgent) => JSON.stringify(one) === JSON.stringify(other);
