import { batchesIn, type Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import { type InFlight, type RoomState, trackInFlight, type Viewer } from '../state.ts';
import { concat, epochIndex, firstAvailable, firstRecent, readSegment, segmentAt } from '../stream/index.ts';
import type { Durable, Effect } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { requestFetch } from './fetch.ts';
import { reposition, unacked } from './live.ts';
import { sendSnapshot, snapshotInstead } from './snapshot.ts';

/** S8: everything up to here was consumed, what came of earlier epochs too; a parked viewer may be fed again. */
export function handleFlowAck(work: UnitOfWork, viewer: Viewer, epoch: Epoch, sequence: number): void {
  const { room } = work;
  const at = epochIndex(room, epoch);
  const acked = viewer.inFlight.findLastIndex((piece) =>
    piece.epoch === epoch ? piece.last <= sequence : epochIndex(room, piece.epoch) < at,
  );
  const pieces = viewer.inFlight.splice(0, acked + 1);
  if (pieces.length > 0) {
    viewer.unackedSince = work.now;
    viewer.window = windowAfter(work, viewer, pieces);
  }
  if (epoch === room.durable?.epoch) {
    viewer.ackedTotal = Math.max(viewer.ackedTotal, room.flow.totalAt(sequence));
  }
  feed(work, viewer);
}

/**
 * S8: a viewer that acks within `promptAck` gets a window that is larger by what it acked, so that a replay does not take
 * a round trip for each portion; a slower one starts over.
 */
function windowAfter({ room, now }: UnitOfWork, viewer: Viewer, acked: readonly InFlight[]): number {
  const { windowBytes, maxWindowBytes, roomWindowBytes, promptAck } = ROOM_LIMITS;
  if (acked.some(({ at }) => now - at > promptAck)) return windowBytes;
  const most = Math.max(windowBytes, Math.min(maxWindowBytes, roomWindowBytes / room.viewers.size));
  return Math.min(
    most,
    acked.reduce((sum, { bytes }) => sum + bytes, viewer.window),
  );
}

export function feedAll(work: UnitOfWork): void {
  for (const viewer of work.room.viewers.values()) feed(work, viewer);
}

/** S6a: the epoch changed: live viewers get it before its first frame. */
export function announceEpoch(
  work: UnitOfWork,
  durable: Durable,
  ended: { readonly epoch: Epoch; readonly last: number | null } | null,
  epoch: Epoch,
): void {
  for (const viewer of work.room.viewers.values()) {
    if (viewer.subscription?.at === 'live') sendEpoch(work, durable, viewer, ended, epoch);
  }
}

export function sendEpoch(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  ended: { readonly epoch: Epoch; readonly last: number | null } | null,
  epoch: Epoch,
): void {
  const { agentId } = durable.placement.spec;
  work.afterCommit.push({
    type: 'send',
    to: viewer.connection,
    message: { type: 'stream:epoch', payload: { agentId, ended, epoch } },
  });
}

export function sendGap(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
  to: number | null,
): void {
  const { agentId } = durable.placement.spec;
  work.afterCommit.push({
    type: 'send',
    to: viewer.connection,
    message: { type: 'replay:gap', payload: { agentId, epoch, from, to } },
  });
}

/**
 * S6, S8: gives a parked viewer what comes next, several portions under way at a time so that it never waits for
 * its own ack, until it is at the tail and live in the same step.
 */
export function feed(work: UnitOfWork, viewer: Viewer): void {
  const { room } = work;
  const { durable } = room;
  let budget = viewer.window - unacked(room, viewer);
  if (durable === null || budget < ROOM_LIMITS.feedBytes) return;
  let subscription = viewer.subscription;
  if (subscription !== null && subscription.at !== 'live' && subscription.history === 'screen') {
    const snapshot = snapshotInstead(work, durable, subscription.at);
    if (snapshot !== null) {
      subscription = sendSnapshot(work, viewer, subscription, snapshot);
      budget -= snapshot.bytes;
    }
  }
  while (subscription !== null && subscription.at !== 'live') {
    const { epoch, from } = subscription.at;
    const step = nextStep(work, durable, viewer, epoch, from);
    switch (step.type) {
      case 'wait':
        return;
      case 'live':
        subscription = reposition(work, viewer, subscription, 'live');
        viewer.ackedTotal = room.flow.total;
        work.afterCommit.push(replayEnd(durable, viewer, room.next - 1));
        return;
      case 'skip':
        subscription = reposition(work, viewer, subscription, step.to);
        break;
      case 'read': {
        // A rest of the window would be a message of a few batches, which costs as much as a whole one.
        if (budget < ROOM_LIMITS.feedBytes / 2) return;
        const portion = Math.min(budget, ROOM_LIMITS.feedBytes);
        const sent = sendFrom(work, viewer, epoch, from, step.blobs, portion);
        budget -= sent.bytes;
        subscription = reposition(work, viewer, subscription, { epoch, from: sent.last + 1 });
        break;
      }
    }
  }
}

function replayEnd(durable: Durable, viewer: Viewer, sequence: number): Effect {
  const { agentId } = durable.placement.spec;
  const at = durable.epoch === null ? null : { epoch: durable.epoch, sequence };
  return { type: 'send', to: viewer.connection, message: { type: 'replay:end', payload: { agentId, at } } };
}

type Step =
  | { readonly type: 'wait' }
  | { readonly type: 'live' }
  | { readonly type: 'skip'; readonly to: { readonly epoch: Epoch; readonly from: number } }
  | { readonly type: 'read'; readonly blobs: readonly Uint8Array[] };

/** What stands at `from` of `epoch`: stored bytes, the tail, a past the keeper still has, or nothing any more. */
function nextStep(work: UnitOfWork, durable: Durable, viewer: Viewer, epoch: Epoch, from: number): Step {
  const { room } = work;
  if (epoch !== durable.epoch) {
    const ended = endOfEpoch(work, durable, viewer, epoch, from);
    if (ended !== null) return ended;
  } else if (from >= room.next) {
    return exceedsWindow(room, viewer) ? { type: 'wait' } : { type: 'live' };
  }
  const segment = segmentAt(room.segments, epoch, from);
  if (segment !== undefined && segment.first <= from) {
    return {
      type: 'read',
      blobs: [readSegment(room.segments, segment.slot, (slot) => work.readSegment(slot))],
    };
  }
  if (room.tail !== null && room.tail.epoch === epoch && room.tail.first <= from) {
    return { type: 'read', blobs: room.tail.batches };
  }
  const kept = firstAvailable(room, durable, { epoch, from });
  if (viewer.subscription?.history === 'full' || followsSnapshot(room, epoch, from)) {
    const inFlight = unacked(room, viewer);
    if (inFlight > ROOM_LIMITS.resumeBytes) return { type: 'wait' };
    return requestFetch(work, viewer, epoch, from, kept - 1, ROOM_LIMITS.parkBytes - inFlight);
  }
  sendGap(work, durable, viewer, epoch, from, kept - 1);
  return { type: 'skip', to: { epoch, from: kept } };
}

/** S8: a live viewer gets the next frame whatever it has in flight, and its last portion may have exceeded the window. */
const exceedsWindow = (room: RoomState, viewer: Viewer) =>
  unacked(room, viewer) > Math.max(ROOM_LIMITS.parkBytes, viewer.window);

/** S14: a screen that was right is not made wrong by a hole that the host's disk could fill. */
const followsSnapshot = ({ snapshot }: RoomState, epoch: Epoch, from: number) =>
  snapshot?.epoch === epoch && snapshot.sequence < from;

/** S6a: past the end of an ended epoch, its lost end is marked and the one after it read from 1. */
function endOfEpoch(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
): Step | null {
  const at = durable.past.findIndex((candidate) => candidate.epoch === epoch);
  const ended = durable.past[at];
  const next = durable.past[at + 1]?.epoch ?? durable.epoch;
  if (next === null) return { type: 'wait' };
  if (ended !== undefined && from <= ended.stored) return null;
  const last = ended?.last ?? null;
  if (last === null || from <= last) sendGap(work, durable, viewer, epoch, from, last);
  sendEpoch(work, durable, viewer, { epoch, last }, next);
  return { type: 'skip', to: { epoch: next, from: 1 } };
}

/** Sends whole batches from `from` on, at most `budget` bytes but at least one batch, as one message. */
function sendFrom(
  work: UnitOfWork,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
  blobs: readonly Uint8Array[],
  budget: number,
): { last: number; bytes: number } {
  const pieces: Uint8Array[] = [];
  let last = from - 1;
  let bytes = 0;
  for (const blob of blobs) {
    const piece = pieceOf(blob, from, bytes === 0 ? budget : budget - bytes, bytes === 0);
    if (piece.bytes > 0) {
      pieces.push(blob.subarray(piece.start, piece.start + piece.bytes));
      bytes += piece.bytes;
      last = piece.last;
    }
    if (piece.full) break;
  }
  const [only, ...others] = pieces;
  const message = only !== undefined && others.length === 0 ? only : concat(pieces, bytes);
  work.afterCommit.push({ type: 'forward', to: [viewer.connection], bytes: message });
  trackInFlight(viewer, { epoch, last, bytes }, work.now);
  return { last, bytes };
}

/** The run of whole batches in a blob from `from` on that fits; `atLeastOne` even if that one does not. */
function pieceOf(blob: Uint8Array, from: number, budget: number, atLeastOne: boolean) {
  const piece = { start: 0, bytes: 0, last: 0, full: false };
  for (const header of batchesIn(blob)) {
    if (header.last < from) continue;
    const first = piece.bytes === 0 && atLeastOne;
    if (!first && piece.bytes + header.length > budget) return { ...piece, full: true };
    if (piece.bytes === 0) piece.start = header.offset;
    piece.bytes += header.length;
    piece.last = header.last;
  }
  return piece;
}

/**
 * The lowest sequence of the current epoch that a new viewer is given, or the next one where there is none. The whole
 * recording is sent only on request.
 */
export function firstKept(room: RoomState, epoch: Epoch): number {
  return firstRecent(room.segments, epoch, room.tail) ?? room.tail?.first ?? room.next;
}
