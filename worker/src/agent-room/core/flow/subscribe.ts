import type { Cursor, Epoch, Position, ViewerPayload } from '@muster/protocol';
import { stateMessage } from '../reporting/index.ts';
import { type Outcome, sendAck } from '../requests/index.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Durable, SnapshotInfo, Subscription } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { feed, firstKept, sendEpoch, sendGap } from './replay.ts';
import { positionAfter, sendSnapshot } from './snapshot.ts';

type SubscribeInput = Pick<ViewerPayload<'subscribe:agent'>, 'history'> & {
  readonly after?: Cursor | undefined;
};

/**
 * S6: attaches a viewer in one step: ack, state, replay, live. A second subscription on a socket replaces the
 * first: a socket has one place in the stream.
 */
export function subscribe(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  input: SubscribeInput,
  id: string | undefined,
): Outcome {
  const { room } = work;
  const subscriptionId = work.context.freshId();
  if (id !== undefined) sendAck(work, viewer.connection, id, { success: true, result: { subscriptionId } });
  work.afterCommit.push({
    type: 'send',
    to: viewer.connection,
    message: stateMessage(viewer, room, durable),
  });
  const { agentId } = durable.placement.spec;
  const history = input.history ?? 'screen';
  const start = startOf(room, durable, history, input.after);
  const from = beginOf(start);
  work.afterCommit.push({
    type: 'send',
    to: viewer.connection,
    message: { type: 'replay:begin', payload: { agentId, from } },
  });
  if (start.lost !== undefined && durable.epoch !== null) {
    sendGap(work, durable, viewer, start.lost.epoch, start.lost.sequence + 1, null);
    const entered = start.at === 'live' ? durable.epoch : start.at.epoch;
    sendEpoch(work, durable, viewer, { epoch: start.lost.epoch, last: null }, entered);
  }
  viewer.inFlight.length = 0;
  viewer.fetch = null;
  viewer.ackedTotal = room.flow.total;
  // At the tail is where `feed` makes a viewer live, so that even an empty replay ends with `replay:end`.
  const epoch = durable.epoch;
  const at = start.at === 'live' && epoch !== null ? { epoch, from: room.next } : start.at;
  const subscription: Subscription = { id: subscriptionId, history, at };
  if (start.snapshot === undefined) work.attachViewer(viewer, subscription);
  else sendSnapshot(work, viewer, subscription, start.snapshot);
  if (at === 'live') {
    const message = { type: 'replay:end' as const, payload: { agentId, at: null } };
    work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  }
  feed(work, viewer);
  return { type: 'pending' };
}

interface Start {
  readonly at: Subscription['at'];
  /** S6a: a cursor of an epoch nobody knows any more. */
  readonly lost?: { readonly epoch: Epoch; readonly sequence: number };
  /** S14: comes first. */
  readonly snapshot?: SnapshotInfo;
}

/** What the reader is to get first, and misses if it does not: a snapshot stands at its own number (S14). */
function beginOf({ at, snapshot }: Start): Position | null {
  if (snapshot !== undefined) return { epoch: snapshot.epoch, sequence: snapshot.sequence };
  return at === 'live' ? null : { epoch: at.epoch, sequence: at.from };
}

/** S6a: where reading starts. */
function startOf(
  room: RoomState,
  durable: Durable,
  history: 'screen' | 'full',
  after: Cursor | undefined,
): Start {
  const { epoch, past } = durable;
  if (epoch === null) return { at: 'live' };
  const fresh = freshStart(room, epoch, history);
  if (after === undefined) return fresh;
  const asked = after.epoch ?? epoch;
  if (past.some((ended) => ended.epoch === asked)) return { at: { epoch: asked, from: after.sequence + 1 } };
  if (asked !== epoch) return { ...fresh, lost: { epoch: asked, sequence: after.sequence } };
  // Beyond what is here: the room lost its tail and the keeper sends it again; the viewer drops what it has.
  return after.sequence + 1 >= room.next ? { at: 'live' } : { at: { epoch, from: after.sequence + 1 } };
}

/** A terminal is never replayed from the middle where there is a snapshot (S14). */
function freshStart(room: RoomState, epoch: Epoch, history: 'screen' | 'full'): Start {
  if (history === 'full') return { at: { epoch, from: 1 } };
  const { snapshot } = room;
  if (snapshot === null) return { at: { epoch, from: firstKept(room, epoch) } };
  return { at: positionAfter(snapshot), snapshot };
}

export function unsubscribe(work: UnitOfWork, viewer: Viewer, subscriptionId: string): boolean {
  if (viewer.subscription?.id !== subscriptionId) return false;
  work.attachViewer(viewer, null);
  return true;
}
