import { batchesIn, type Epoch } from '@muster/protocol';
import { epochIndex, firstHeld } from './epochs.ts';
import { wantPiece } from './fetch.ts';
import { giveSnapshot, snapshotInstead } from './give-snapshot.ts';
import { ROOM_LIMITS } from './limits.ts';
import { move, unacked } from './live.ts';
import { concat, firstRecent, readSegment, segmentAt } from './segments.ts';
import { type Owed, owe, type RoomState, type Viewer } from './state.ts';
import type { Turn } from './turn.ts';
import type { Durable, Effect } from './types.ts';

/** S8: everything up to here was consumed, what came of earlier epochs too; a parked viewer may be fed again. */
export function flowAck(turn: Turn, viewer: Viewer, epoch: Epoch, sequence: number): void {
  const { room } = turn;
  const at = epochIndex(room, epoch);
  const acked = viewer.owed.findLastIndex((piece) =>
    piece.epoch === epoch ? piece.last <= sequence : epochIndex(room, piece.epoch) < at,
  );
  const pieces = viewer.owed.splice(0, acked + 1);
  if (pieces.length > 0) {
    viewer.owesSince = turn.now;
    viewer.window = windowAfter(turn, viewer, pieces);
  }
  if (epoch === room.durable?.epoch) {
    viewer.ackedTotal = Math.max(viewer.ackedTotal, room.ledger.totalAt(sequence));
  }
  feed(turn, viewer);
}

/**
 * S8: who acks within `promptAck` may have as much more under way as he acked, so that what he missed does not take
 * a round trip for each portion; who does not starts over.
 */
function windowAfter({ room, now }: Turn, viewer: Viewer, acked: readonly Owed[]): number {
  const { windowBytes, maxWindowBytes, roomWindowBytes, promptAck } = ROOM_LIMITS;
  if (acked.some(({ at }) => now - at > promptAck)) return windowBytes;
  const most = Math.max(windowBytes, Math.min(maxWindowBytes, roomWindowBytes / room.viewers.size));
  return Math.min(
    most,
    acked.reduce((sum, { bytes }) => sum + bytes, viewer.window),
  );
}

export function feedAll(turn: Turn): void {
  for (const viewer of turn.room.viewers.values()) feed(turn, viewer);
}

/** S6a: the numbering changed; those who read along are told before its first frame. */
export function announceEpoch(
  turn: Turn,
  durable: Durable,
  ended: { readonly epoch: Epoch; readonly last: number | null } | null,
  epoch: Epoch,
): void {
  for (const viewer of turn.room.viewers.values()) {
    if (viewer.subscription?.at === 'live') tellEpoch(turn, durable, viewer, ended, epoch);
  }
}

export function tellEpoch(
  turn: Turn,
  durable: Durable,
  viewer: Viewer,
  ended: { readonly epoch: Epoch; readonly last: number | null } | null,
  epoch: Epoch,
): void {
  const { agentId } = durable.placement.spec;
  turn.after.push({
    type: 'send',
    to: viewer.connection,
    message: { type: 'stream:epoch', payload: { agentId, ended, epoch } },
  });
}

export function tellGap(
  turn: Turn,
  durable: Durable,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
  to: number | null,
): void {
  const { agentId } = durable.placement.spec;
  turn.after.push({
    type: 'send',
    to: viewer.connection,
    message: { type: 'replay:gap', payload: { agentId, epoch, from, to } },
  });
}

/**
 * S6, S8: gives a parked viewer what comes next, several portions under way at a time so that it never waits for
 * its own ack, until it is at the tail and live in the same step.
 */
export function feed(turn: Turn, viewer: Viewer): void {
  const { room } = turn;
  const { durable } = room;
  let budget = viewer.window - unacked(room, viewer);
  if (durable === null || budget < ROOM_LIMITS.feedBytes) return;
  let subscription = viewer.subscription;
  if (subscription !== null && subscription.at !== 'live' && subscription.history === 'screen') {
    const snapshot = snapshotInstead(turn, durable, subscription.at);
    if (snapshot !== null) {
      subscription = giveSnapshot(turn, viewer, subscription, snapshot);
      budget -= snapshot.bytes;
    }
  }
  while (subscription !== null && subscription.at !== 'live') {
    const { epoch, from } = subscription.at;
    const step = nextStep(turn, durable, viewer, epoch, from);
    switch (step.type) {
      case 'wait':
        return;
      case 'live':
        subscription = move(turn, viewer, subscription, 'live');
        viewer.ackedTotal = room.ledger.total;
        turn.after.push(replayEnd(durable, viewer, room.next - 1));
        return;
      case 'skip':
        subscription = move(turn, viewer, subscription, step.to);
        break;
      case 'read': {
        // A rest of the window would be a message of a few batches, which costs as much as a whole one.
        if (budget < ROOM_LIMITS.feedBytes / 2) return;
        const portion = Math.min(budget, ROOM_LIMITS.feedBytes);
        const sent = sendFrom(turn, viewer, epoch, from, step.blobs, portion);
        budget -= sent.bytes;
        subscription = move(turn, viewer, subscription, { epoch, from: sent.last + 1 });
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
function nextStep(turn: Turn, durable: Durable, viewer: Viewer, epoch: Epoch, from: number): Step {
  const { room } = turn;
  if (epoch !== durable.epoch) {
    const ended = endOfEpoch(turn, durable, viewer, epoch, from);
    if (ended !== null) return ended;
  } else if (from >= room.next) {
    return owesTooMuch(room, viewer) ? { type: 'wait' } : { type: 'live' };
  }
  const segment = segmentAt(room.segments, epoch, from);
  if (segment !== undefined && segment.first <= from) {
    return {
      type: 'read',
      blobs: [readSegment(room.segments, segment.slot, (slot) => turn.readSegment(slot))],
    };
  }
  if (room.tail !== null && room.tail.epoch === epoch && room.tail.first <= from) {
    return { type: 'read', blobs: room.tail.batches };
  }
  const kept = firstHeld(room, durable, { epoch, from });
  if (viewer.subscription?.history === 'full' || followsSnapshot(room, epoch, from)) {
    const owes = unacked(room, viewer);
    if (owes > ROOM_LIMITS.resumeBytes) return { type: 'wait' };
    return wantPiece(turn, viewer, epoch, from, kept - 1, ROOM_LIMITS.parkBytes - owes);
  }
  tellGap(turn, durable, viewer, epoch, from, kept - 1);
  return { type: 'skip', to: { epoch, from: kept } };
}

/** S8: who is live is sent the next frame whatever he owes; the last portion may have gone beyond his window. */
const owesTooMuch = (room: RoomState, viewer: Viewer) =>
  unacked(room, viewer) > Math.max(ROOM_LIMITS.parkBytes, viewer.window);

/** S14: a screen that was right is not made wrong by a hole that the host's disk could fill. */
const followsSnapshot = ({ snapshot }: RoomState, epoch: Epoch, from: number) =>
  snapshot?.epoch === epoch && snapshot.sequence < from;

/** S6a: past the end of an ended epoch, its lost end is marked and the one after it read from 1. */
function endOfEpoch(turn: Turn, durable: Durable, viewer: Viewer, epoch: Epoch, from: number): Step | null {
  const at = durable.past.findIndex((candidate) => candidate.epoch === epoch);
  const ended = durable.past[at];
  const next = durable.past[at + 1]?.epoch ?? durable.epoch;
  if (next === null) return { type: 'wait' };
  if (ended !== undefined && from <= ended.stored) return null;
  const last = ended?.last ?? null;
  if (last === null || from <= last) tellGap(turn, durable, viewer, epoch, from, last);
  tellEpoch(turn, durable, viewer, { epoch, last }, next);
  return { type: 'skip', to: { epoch: next, from: 1 } };
}

/** Sends whole batches from `from` on, at most `budget` bytes but at least one batch, as one message. */
function sendFrom(
  turn: Turn,
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
  turn.after.push({ type: 'forward', to: [viewer.connection], bytes: message });
  owe(viewer, { epoch, last, bytes }, turn.now);
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
 * The lowest number of the current epoch that who comes to look is given, or the next one where there is none; all of
 * a recording is for those who ask for it.
 */
export function firstKept(room: RoomState, epoch: Epoch): number {
  return firstRecent(room.segments, epoch, room.tail) ?? room.tail?.first ?? room.next;
}
