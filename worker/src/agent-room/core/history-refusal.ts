import { type AgentSpec, wireError } from '@muster/protocol';
import { recordAudit } from './audit/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** X8: a row that history goes without is on record. `target`: the command or conversation that it is of. */
export function auditHistoryRefusal(
  work: UnitOfWork,
  { agentId, agentUid }: AgentSpec,
  target: string,
  details: string,
): void {
  const nobody = { memberId: null, name: 'history', role: null, address: null };
  const error = wireError('INTERNAL_ERROR', 'history does not take it');
  recordAudit(work, { ...nobody, action: 'history:refused', agentId, agentUid, target, details }, error);
}
