import { VIEWER_RULES, type ViewerMessage, type WireError } from '@muster/protocol';
import { type AuditDraft, completeEntry, draftOfAttempt } from '../../audit/entry.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { Turn } from './turn.ts';
import type { Member } from './types.ts';

/** X8: what was asked and what became of it, stored with it. */
export function note(turn: Turn, asked: AuditDraft | null, error: WireError | undefined): void {
  if (asked === null) return;
  const { audit } = turn.room;
  audit.last += 1;
  const noted = { number: audit.last, entry: completeEntry(asked, error, turn.now) };
  // Only what follows the newest one in memory joins it: what is between is in the store.
  const newest = audit.waiting.at(-1)?.number ?? audit.last - 1;
  if (newest === audit.last - 1 && audit.waiting.length < ROOM_LIMITS.auditWaiting)
    audit.waiting = [...audit.waiting, noted];
  turn.writeNote(noted);
}

/** X8a: refused beforehand, by whatever rule: told to the lobby, which counts what is too much. */
export function noteRefusal(turn: Turn, member: Member, message: ViewerMessage, error: WireError): void {
  const { durable } = turn.room;
  if (durable === null || !VIEWER_RULES[message.type].writes) return;
  const entry = completeEntry(draftOfAttempt(member, message, durable.placement.spec), error, turn.now);
  turn.after.push({ type: 'refused', entry });
}

/**
 * Tells the lobby what it does not hold, one call at a time. Without an alarm, which would be a row: what a reset leaves
 * is told at the next wake, and is on record here until then.
 */
export function tellNotes(turn: Turn): void {
  const { audit, durable } = turn.room;
  const [first] = audit.waiting;
  if (first === undefined || durable === null || audit.underWay) return;
  if (audit.retryAt !== null && audit.retryAt > turn.now) return;
  audit.underWay = true;
  audit.retryAt = null;
  const entries = audit.waiting.slice(0, ROOM_LIMITS.auditBatch).map(({ entry }) => entry);
  turn.after.push({ type: 'note', first: first.number, entries });
}

/** The lobby's answer; null: it could not be reached. */
export function noted(turn: Turn, held: number | null): void {
  const { audit } = turn.room;
  audit.underWay = false;
  if (held === null) {
    const { auditRetries } = ROOM_LIMITS;
    const pause = auditRetries[Math.min(audit.failures, auditRetries.length - 1)] ?? 0;
    audit.failures += 1;
    audit.retryAt = turn.now + pause;
    return;
  }
  audit.failures = 0;
  if (turn.room.durable === null) return;
  audit.waiting = audit.waiting.filter(({ number }) => number > held);
  turn.auditHeld = held;
  if (audit.waiting.length === 0 && held < audit.last)
    audit.waiting = turn.context.readAudit(held, ROOM_LIMITS.auditWaiting);
}
