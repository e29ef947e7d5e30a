import type { BatchHeader, Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from './limits.ts';
import { unacked } from './live.ts';
import { owe, type Viewer } from './state.ts';
import { keeperToAsk, type Turn } from './turn.ts';

/**
 * S6: asks the keeper for what only its disk still has, as much as the viewer has credit for: each question is a
 * way to the host and back, during which the viewer waits. Who stands where another waits shares its answer.
 */
export function wantPiece(
  turn: Turn,
  viewer: Viewer,
  epoch: Epoch,
  from: number,
  to: number,
  maxBytes: number,
): { readonly type: 'wait' } {
  const keeper = keeperToAsk(turn);
  if (keeper === null || viewer.fetch !== null) return { type: 'wait' };
  for (const { fetch } of turn.room.viewers.values()) {
    if (fetch === null || fetch.epoch !== epoch || fetch.next !== from) continue;
    viewer.fetch = { ...fetch };
    return { type: 'wait' };
  }
  viewer.fetch = { epoch, next: from, to, remaining: maxBytes };
  const payload = { epoch, from, to, maxBytes };
  turn.after.push({ type: 'tell', keeper, message: { type: 'stream:fetch', payload } });
  return { type: 'wait' };
}

/**
 * A piece of the past goes to whoever waits at it; after a reset of the room that is known from the number alone.
 * Not to one without credit, who would be drawn along by the pieces that another asks for (S8). Returns those whose
 * answer has ended: they may ask for more, or for what they had no credit for.
 */
export function answerFetch(turn: Turn, header: BatchHeader, bytes: Uint8Array): Viewer[] {
  const ended: Viewer[] = [];
  for (const viewer of turn.room.viewers.values()) {
    giveTo(turn, viewer, header, bytes);
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

function giveTo(turn: Turn, viewer: Viewer, header: BatchHeader, bytes: Uint8Array): void {
  const { subscription } = viewer;
  if (subscription === null || subscription.at === 'live') return;
  const { epoch, from } = subscription.at;
  if (!covers(header, epoch, from) || unacked(turn.room, viewer) > ROOM_LIMITS.parkBytes) return;
  owe(viewer, { epoch, last: header.last, bytes: bytes.length }, turn.now);
  turn.after.push({ type: 'forward', to: [viewer.connection], bytes });
  turn.attachViewer(viewer, { ...subscription, at: { epoch, from: header.last + 1 } });
}
