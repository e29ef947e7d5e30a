import type { Attention, ProgramState, Run } from '@muster/protocol';
import { announceStatus } from './reporting/index.ts';
import type { Durable } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/**
 * C13a: the program asks for a person, or does so no more. A bell says less than what was raised before it, and repeats it:
 * its keeper does not hear of `agent:seen`, so that it sends each bell that it may. Returns the state after it.
 */
export function applyAttention(work: UnitOfWork, durable: Durable, reported: Attention | null): Durable {
  const { attention } = durable;
  // A program takes back what it said, not what its room says of its tools.
  if (attention?.kind === 'tripwire') return durable;
  if (reported === null ? attention === null : reported.kind === 'bell' && attention !== null) return durable;
  return setAttention(work, durable, reported === null ? null : byServerClock(work, reported));
}

/** A member looks at the agent. */
export function handleSeen(work: UnitOfWork, durable: Durable): void {
  if (durable.attention !== null) setAttention(work, durable, null);
}

/** Whether a program that reports this asks for nobody any more: it has ended, or a run of it begins. */
export const endsAttention = (
  { attention }: Pick<Durable, 'attention'>,
  { status }: ProgramState,
  run: Run | undefined,
): boolean =>
  attention?.kind !== 'tripwire' && (run !== undefined || status === 'stopped' || status === 'crashed');

/** It has changed, and everybody hears of it. Returns the state after it. */
export function setAttention(work: UnitOfWork, durable: Durable, attention: Attention | null): Durable {
  const changed = work.change(durable, { attention });
  announceStatus(work, changed);
  return changed;
}

/** A host's own clock may be hours off. */
function byServerClock({ room }: UnitOfWork, attention: Attention): Attention {
  return { ...attention, since: Math.max(0, attention.since - (room.keeper?.ahead ?? 0)) };
}
