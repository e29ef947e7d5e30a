import { backoff } from '@muster/protocol';
import type { Agent, Operation, UnitOfWork } from './types.ts';

/** A keeper that lived so long starts the row of failures anew, ms. */
export const STEADY_MS = 60_000;

/** P4: at once, then slower while it fails in a row: 0, 1, 2, 4 … 30 s. */
export function scheduleRetry(work: UnitOfWork, agent: Agent, operation: Operation): void {
  const wait = agent.failures === 0 ? 0 : backoff(agent.failures);
  const at = work.now + wait;
  agent.failures += 1;
  agent.activity = { type: 'idle', retry: { operation, at } };
  work.out.push({ type: 'set-timer', agentUid: agent.agentUid, at });
}

export function cancelRetry(work: UnitOfWork, agent: Agent): void {
  if (agent.activity.type === 'busy' || agent.activity.retry === null) return;
  agent.activity = { type: 'idle', retry: null };
  work.out.push({ type: 'set-timer', agentUid: agent.agentUid, at: null });
}
