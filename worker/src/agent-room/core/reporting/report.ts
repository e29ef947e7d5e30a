import { backoff, type RequestHead, type RoomSummary } from '@muster/protocol';
import { endedTurns, pendingHeads, resolvedRequests } from '../conversations/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { summaryOf } from './summary.ts';

/**
 * R3: reports the summary to the lobby whenever it differs from the one sent last; durable changes store the report's
 * revision with them. A pending report of a durable change has an alarm, so that it survives a reset. Viewer counts have
 * none, since a reset closes the viewers' sockets too; they are sent one report at a time.
 */
export function reportChange(work: UnitOfWork, durableChanged: boolean): void {
  const { room } = work;
  const { durable } = room;
  if (durable === null) return;
  const summary = summaryOf(room, durable);
  const requests = pendingHeads(room);
  const sent = sentOf(room, summary, requests);
  if (sent === room.sentSummary) return;
  const pending = durableChanged || room.sentSummary === '';
  if (!pending && room.reportsInFlight > 0) return;
  room.sentSummary = sent;
  // The clock makes it grow over resets too, when the last one was of presence and so is not stored.
  room.sentRevision = Math.max(room.sentRevision + 1, Math.floor(work.now) * ROOM_LIMITS.reportsPerMs);
  if (durableChanged) work.change(durable, { summaryRevision: room.sentRevision }, false);
  if (pending) room.reportAt = nextRetryAt(work);
  report(work, summary, requests);
}

/** What was sent last, to be compared: a request never changes while it is pending. */
const sentOf = (room: RoomState, summary: RoomSummary, requests: readonly RequestHead[]): string =>
  JSON.stringify([
    summary,
    requests.map(({ permissionId }) => permissionId),
    endedTurns(room).map(({ turnId }) => turnId),
  ]);

function nextRetryAt({ room, now }: UnitOfWork): number {
  return now + backoff(room.reportFailures + 1);
}

function report(
  { room, afterCommit }: UnitOfWork,
  summary: RoomSummary,
  requests: readonly RequestHead[],
): void {
  room.reportsInFlight += 1;
  const news = { resolved: resolvedRequests(room), turns: endedTurns(room) };
  afterCommit.push({ type: 'report', revision: room.sentRevision, summary, requests, ...news });
}

/** The lobby has answered with the revision it holds, or could not be reached. */
export function handleReportAck(work: UnitOfWork, revision: number | null): void {
  const { room } = work;
  const { durable, sentRevision } = room;
  if (durable === null) return;
  // None of a room that was reset since.
  room.reportsInFlight = Math.max(0, room.reportsInFlight - 1);
  work.summaryDirty = true;
  if (revision === null) {
    room.reportAt ??= nextRetryAt(work);
    room.reportFailures += 1;
    return persistPendingReport(work, durable);
  }
  // Answers can arrive out of order. The lobby answers 0 for an agent that it does not have.
  if (revision > 0 && revision < room.ackedRevision) return;
  room.ackedRevision = revision;
  if (revision > sentRevision) return raiseRevision(work, revision);
  if (revision < sentRevision) {
    if (room.reportsInFlight > 0) return;
    // Sent and not accepted, as for an agent that the lobby does not have: retry.
    room.reportAt ??= nextRetryAt(work);
    return persistPendingReport(work, durable);
  }
  room.reportFailures = 0;
  room.reportAt = null;
  if (durable.summaryRevision > durable.lobbyAcked) work.change(durable, { lobbyAcked: revision }, false);
}

/** Presence is not stored, but a pending report of it is: the room may hibernate before the retry. */
function persistPendingReport(work: UnitOfWork, durable: Durable): void {
  const { sentRevision } = work.room;
  if (durable.summaryRevision < sentRevision) work.change(durable, { summaryRevision: sentRevision }, false);
}

/** The lobby has a report of an earlier life of this room, numbered by a faster clock: this room must go above it. */
function raiseRevision(work: UnitOfWork, revision: number): void {
  const { room } = work;
  room.sentRevision = revision;
  room.sentSummary = '';
}

/** H2: called by the alarm: sends a report again that was not acked, unless one is in flight. */
export function retryReport(work: UnitOfWork): void {
  const { room } = work;
  if (room.durable === null || room.reportAt === null || room.reportAt > work.now) return;
  room.reportAt = nextRetryAt(work);
  if (room.reportsInFlight === 0) report(work, summaryOf(room, room.durable), pendingHeads(room));
}

/**
 * After a wake: restores the report sent last, so that nothing is sent twice; a change the lobby never acked is due now.
 * A room without any socket may have lost those it had, and their count was not stored: it reports again.
 */
export function restoreReport(work: UnitOfWork): void {
  const { room } = work;
  const { durable } = room;
  if (durable === null) return;
  const alone = room.viewers.size === 0 && room.keeper === null;
  room.sentSummary = alone ? '' : sentOf(room, summaryOf(room, durable), pendingHeads(room));
  if (alone) work.summaryDirty = true;
  if (durable.summaryRevision > durable.lobbyAcked) room.reportAt = work.now;
}
