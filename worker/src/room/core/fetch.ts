import type { BatchHeader, Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from './limits.ts';
import { unacked } from './live.ts';
import { keeperToAsk, owe, type Turn, type Viewer } from './state.ts';

/**
 * S6: asks the keeper for what only its disk still has, as much as the viewer has credit for: each question is a
 * way to the host and back, during which the viewer waits.
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
  viewer.fetch = { epoch, to, remaining: maxBytes };
  const payload = { epoch, from, to, maxBytes };
  turn.after.push({ type: 'tell', keeper, message: { type: 'stream:fetch', payload } });
  return { type: 'wait' };
}

/**
 * A piece of the past goes to whoever waits at it; after a reset of the room that is known from the number alone.
 * Not to one without credit, who would be drawn along by the pieces that another asks for (S8).
 */
export function answerFetch(turn: Turn, header: BatchHeader, bytes: Uint8Array): void {
  for (const viewer of turn.room.viewers.values()) {
    const { subscription, fetch } = viewer;
    if (fetch !== null && fetch.epoch === header.epoch) {
      fetch.remaining -= header.length;
      if (fetch.remaining <= 0 || header.last >= fetch.to) viewer.fetch = null;
    }
    if (subscription === null || subscription.at === 'live') continue;
    if (unacked(turn.room, viewer) > ROOM_LIMITS.parkBytes) continue;
    const { epoch, from } = subscription.at;
    if (epoch !== header.epoch || from < header.first || from > header.last) continue;
    owe(viewer, { epoch, last: header.last, bytes: bytes.length }, turn.now);
    turn.after.push({ type: 'forward', to: [viewer.connection], bytes });
    turn.attachViewer(viewer, { ...subscription, at: { epoch, from: header.last + 1 } });
  }
}
