import type { BatchHeader, Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import { trackInFlight, type Viewer } from '../state.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { unacked } from './live.ts';

/**
 * S6: asks the keeper for what only its disk still has, as much as the viewer has credit for: each question is a
 * way to the host and back, during which the viewer waits. A viewer at the same place as a waiting one shares its answer.
 */
export function requestFetch(
  work: UnitOfWork,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
  to: number,
  maxBytes: number,
): { readonly type: 'wait' } {
  const keeper = reachableKeeper(work);
  if (keeper === null || viewer.fetch !== null) return { type: 'wait' };
  for (const { fetch } of work.room.viewers.values()) {
    if (fetch === null || fetch.epoch !== epoch || fetch.next !== from) continue;
    viewer.fetch = { ...fetch };
    return { type: 'wait' };
  }
  viewer.fetch = { epoch, next: from, to, remaining: maxBytes };
  const payload = { epoch, from, to, maxBytes };
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'stream:fetch', payload } });
  return { type: 'wait' };
}

/**
 * Sends a fetched piece to every viewer that waits at it; after a reset of the room its sequence alone tells. A viewer
 * without credit gets none, or another's fetches would push it along (S8). Returns the viewers whose fetch is complete:
 * they may ask for more.
 */
export function handleFetched(work: UnitOfWork, header: BatchHeader, bytes: Uint8Array): Viewer[] {
  const ended: Viewer[] = [];
  for (const viewer of work.room.viewers.values()) {
    sendFetched(work, viewer, header, bytes);
    const { fetch } = viewer;
    if (fetch === null || !covers(header, fetch.epoch, fetch.next)) continue;
    const remaining = fetch.remaining - header.length;
    const over = remaining <= 0 || header.last >= fetch.to;
    viewer.fetch = over ? null : { ...fetch, next: header.last + 1, remaining };
    if (over) ended.push(viewer);
  }
  return ended;
}

const covers = (header: BatchHeader, epoch: Epoch, sequence: number) =>
  header.epoch === epoch && header.first <= sequence && sequence <= header.last;

function sendFetched(work: UnitOfWork, viewer: Viewer, header: BatchHeader, bytes: Uint8Array): void {
  const { subscription } = viewer;
  if (subscription === null || subscription.at === 'live') return;
  const { epoch, from } = subscription.at;
  if (!covers(header, epoch, from) || unacked(work.room, viewer) > ROOM_LIMITS.parkBytes) return;
  trackInFlight(viewer, { epoch, last: header.last, bytes: bytes.length }, work.now);
  work.afterCommit.push({ type: 'forward', to: [viewer.connection], bytes });
  work.attachViewer(viewer, { ...subscription, at: { epoch, from: header.last + 1 } });
}
