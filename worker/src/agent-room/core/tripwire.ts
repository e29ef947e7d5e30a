import type { ToolItem } from '@muster/protocol';
import { newDraft } from '../../audit/entry.ts';
import { setAttention } from './attention.ts';
import { recordAudit } from './audit/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/**
 * C9: tool calls ran that should have asked. Until somebody looks at the agent this is told once, whatever follows: an
 * agent cannot fill the audit log.
 */
export function applyTripwire(work: UnitOfWork): void {
  const { durable } = work.room;
  const { tripped } = work.conversations;
  if (tripped === null || durable === null || durable.attention?.kind === 'tripwire') return;
  const text = wordsOf(tripped);
  setAttention(work, durable, { kind: 'tripwire', since: work.now, text });
  const { agentId, agentUid } = durable.placement.spec;
  const target = tripped.itemId;
  const host = { id: null, name: '', role: null };
  recordAudit(
    work,
    newDraft(host, { action: 'policy:tripwire', agentId, agentUid, target, details: text }),
    undefined,
  );
}

const wordsOf = ({ title, toolKind }: ToolItem) =>
  `ran without asking: ${title === '' ? toolKind : title}`.slice(0, 200).toWellFormed();
