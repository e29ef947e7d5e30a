import { backoff, VIEWER_MESSAGES, type ViewerMessage, type WireError } from '@muster/protocol';
import { type AuditDraft, completeEntry, draftOfAttempt } from '../../../audit/entry.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** X8: records an action and its result, in the transaction of its effect. */
export function recordAudit(work: UnitOfWork, asked: AuditDraft | null, error: WireError | undefined): void {
  if (asked === null) return;
  const { audit } = work.room;
  audit.last += 1;
  const numbered = { number: audit.last, entry: completeEntry(asked, error, work.now) };
  // Only what follows the newest one in memory joins it: what is between is in the store.
  const newest = audit.pending.at(-1)?.number ?? audit.last - 1;
  if (newest === audit.last - 1 && audit.pending.length < ROOM_LIMITS.auditPending)
    audit.pending = [...audit.pending, numbered];
  work.writeAudit(numbered);
}

/** X8a: reports an attempt that was refused before it changed anything; the lobby counts excess ones. */
export function auditRefusal(
  work: UnitOfWork,
  member: Member,
  message: ViewerMessage,
  error: WireError,
): void {
  const { durable } = work.room;
  if (durable === null || !VIEWER_MESSAGES[message.type].writes) return;
  const entry = completeEntry(draftOfAttempt(member, message, durable.placement.spec), error, work.now);
  work.afterCommit.push({ type: 'audit-refusal', entry });
}

/**
 * Sends pending entries to the lobby, one call at a time. No alarm is set, since that would be a row written: after a
 * reset the next wake sends them, and the store has them until then.
 */
export function sendAudit(work: UnitOfWork): void {
  const { audit, durable } = work.room;
  const [first] = audit.pending;
  if (first === undefined || durable === null || audit.inFlight) return;
  if (audit.retryAt !== null && audit.retryAt > work.now) return;
  audit.inFlight = true;
  audit.retryAt = null;
  const entries = audit.pending.slice(0, ROOM_LIMITS.auditBatch).map(({ entry }) => entry);
  work.afterCommit.push({ type: 'send-audit', first: first.number, entries });
}

/** The lobby's answer; null: it could not be reached. */
export function handleAuditAck(work: UnitOfWork, held: number | null): void {
  const { audit } = work.room;
  audit.inFlight = false;
  if (held === null) {
    audit.failures += 1;
    audit.retryAt = work.now + backoff(audit.failures);
    return;
  }
  audit.failures = 0;
  if (work.room.durable === null) return;
  audit.pending = audit.pending.filter(({ number }) => number > held);
  work.auditAcked = held;
  if (audit.pending.length === 0 && held < audit.last)
    audit.pending = work.context.readAudit(held, ROOM_LIMITS.auditPending);
}
