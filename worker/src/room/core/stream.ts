import { type BatchHeader, decodeEvents, type Epoch, type StreamEvent } from '@muster/protocol';
import { noteActivity } from './activity.ts';
import { applyEvent } from './events.ts';
import { answerFetch } from './fetch.ts';
import { ROOM_LIMITS } from './limits.ts';
import { forwardLive } from './live.ts';
import { followSegments, keepingOf } from './record.ts';
import { storeTail } from './segments.ts';
import type { Turn } from './turn.ts';
import type { Durable } from './types.ts';
import { announceEpoch, feed } from './viewers.ts';

/** S3, S4, S4a: one batch from the keeper whose socket is the room's. `bytes` are exactly the batch. */
export function takeBatch(turn: Turn, durable: Durable, header: BatchHeader, bytes: Uint8Array): void {
  const { room } = turn;
  if (header.fetched) {
    for (const viewer of answerFetch(turn, header, bytes)) feed(turn, viewer);
    return;
  }
  if (header.epoch !== durable.epoch) return takeOtherEpoch(turn, durable, header, bytes);
  if (header.last < room.next) return;
  if (header.first > room.next) return askResend(turn, header.epoch, room.next);
  accept(turn, durable, header, bytes, false);
}

/** S3: asks once per socket, until that number arrives. */
function askResend(turn: Turn, epoch: Epoch, from: number): void {
  const { keeper } = turn.room;
  if (keeper === null) return;
  if (keeper.resend?.epoch === epoch && keeper.resend.from === from) return;
  keeper.resend = { epoch, from };
  turn.after.push({
    type: 'tell',
    keeper: keeper.connection,
    message: { type: 'stream:resend', payload: { epoch, from } },
  });
}

/** S1: a batch in another numbering opens it, when it is its first and what came before it is here. */
function takeOtherEpoch(turn: Turn, durable: Durable, header: BatchHeader, bytes: Uint8Array): void {
  const { room } = turn;
  if (durable.past.some(({ epoch }) => epoch === header.epoch)) return;
  if (header.first !== 1) {
    if (!awaitsRest(turn, durable)) askResend(turn, header.epoch, 1);
    return;
  }
  const previous = openedAfter(header, bytes);
  const missing = missingBefore(turn, durable, previous);
  if (missing !== null) return askResend(turn, missing.epoch, missing.from);
  settle(turn);
  const complete = previous !== null && previous.epoch === durable.epoch && previous.complete;
  const ended =
    durable.epoch === null ? null : { epoch: durable.epoch, last: complete ? previous.last : null };
  const stored = room.next - 1;
  const past = [
    ...durable.past,
    ...(ended === null ? [] : [{ ...ended, stored }]),
    ...skipped(durable, previous),
  ];
  const opened = turn.change(durable, { epoch: header.epoch, past: past.slice(-ROOM_LIMITS.pastEpochs) });
  room.next = 1;
  room.ledger.reset();
  announceEpoch(turn, opened, ended, header.epoch);
  accept(turn, opened, header, bytes, true);
}

/** S1: an epoch between the two that could not be had: what comes of it now comes too late, or an end would be told twice. */
function skipped(durable: Durable, previous: Previous): Durable['past'] {
  if (previous === null || previous.epoch === durable.epoch) return [];
  if (durable.past.some(({ epoch }) => epoch === previous.epoch)) return [];
  return [{ epoch: previous.epoch, stored: 0, last: null }];
}

type Previous = Extract<StreamEvent, { type: 'epoch:open' }>['previous'];

function openedAfter(header: BatchHeader, bytes: Uint8Array): Previous {
  const first = eventsOf(header, bytes)[0];
  return first?.type === 'epoch:open' ? first.previous : null;
}

/**
 * S1: what the host still has of the epoch before and this room has not: the rest of the current one, or a
 * whole epoch that it never saw. That is asked for a few times a socket: a host that has forgotten it cannot answer.
 */
function missingBefore(
  turn: Turn,
  durable: Durable,
  previous: Previous,
): { epoch: Epoch; from: number } | null {
  const { room } = turn;
  if (previous === null || room.keeper === null) return null;
  const { epoch, last } = previous;
  if (epoch === durable.epoch) return room.next <= last ? { epoch, from: room.next } : null;
  if (durable.epoch !== null && awaitsRest(turn, durable)) return { epoch: durable.epoch, from: room.next };
  const asks = room.keeper.askedFor.get(epoch) ?? 0;
  if (durable.past.some((ended) => ended.epoch === epoch) || asks >= ROOM_LIMITS.epochAsks) return null;
  room.keeper.askedFor.set(epoch, asks + 1);
  return { epoch, from: 1 };
}

/** S3: the rest of the current epoch was asked for; all that follows it comes again behind it, so that nothing of it need be. */
const awaitsRest = ({ room }: Turn, durable: Durable): boolean =>
  durable.epoch !== null && room.keeper?.resend?.epoch === durable.epoch;

/** The events of a batch. One of a newer keeper that cannot be read stays in the stream and changes nothing (G6). */
function eventsOf(header: BatchHeader, bytes: Uint8Array): StreamEvent[] {
  if (header.kind !== 'event') return [];
  const events = decodeEvents(bytes, { ...header, offset: 0 });
  return events.ok ? events.value : [];
}

/** `opens`: the first batch of an epoch, which viewers are told of before they get it. */
function accept(turn: Turn, durable: Durable, header: BatchHeader, bytes: Uint8Array, opens: boolean): void {
  const { room, now } = turn;
  const from = room.next;
  if (room.tail !== null && room.tail.bytes + bytes.length > ROOM_LIMITS.tailBytes) settle(turn);
  room.tail ??= { epoch: header.epoch, first: from, last: from, bytes: 0, batches: [], since: now };
  room.tail.batches.push(bytes);
  room.tail.bytes += bytes.length;
  room.tail.last = header.last;
  room.next = header.last + 1;
  if (room.keeper !== null) room.keeper.resend = null;

  const changesState = header.kind === 'event';
  if (header.kind === 'output') noteActivity(turn, durable);
  forwardLive(turn, header.last, bytes, changesState || opens ? turn.after : turn.before);
  if (changesState) {
    const events = eventsOf(header, bytes);
    const fresh = events.slice(Math.max(0, from - header.first));
    fresh.reduce((state, event) => applyEvent(turn, state, event), durable);
  }
  // S6a: the screen of an ended epoch is the last one until the new epoch prints.
  const prints = !changesState && header.command === '';
  if (prints && room.snapshot !== null && room.snapshot.epoch !== header.epoch) turn.writeSnapshot(null);
  if (changesState || opens || room.tail.bytes >= ROOM_LIMITS.tailBytes) settle(turn);
}

/** S4: stores the tail and acks what is stored. */
export function settle(turn: Turn): void {
  const { room } = turn;
  const { tail, keeper } = room;
  if (tail === null) return;
  room.tail = null;
  const oldest = room.segments.list[0];
  const keeping = keepingOf(room, turn.now);
  const { write, dropSlots } = storeTail(room.segments, tail, (slot) => turn.readSegment(slot), keeping);
  turn.writeSegment(write, dropSlots);
  if (room.segments.list[0] !== oldest) followSegments(turn);
  if (keeper === null) return;
  turn.after.push({
    type: 'tell',
    keeper: keeper.connection,
    message: { type: 'stream:ack', payload: { epoch: tail.epoch, sequence: tail.last } },
  });
}

/**
 * S4: the keeper asks to store. It is told what is stored even when that is nothing new: a room that a reset
 * made forget its tail sees no hole until the next frame, and this is how the keeper learns of it. One that waits
 * for the first frame of all asks for it again.
 */
export function flush(turn: Turn, durable: Durable): void {
  const { room } = turn;
  if (room.tail !== null) return settle(turn);
  if (room.keeper === null) return;
  if (durable.epoch === null) {
    const { connection, resend } = room.keeper;
    if (resend !== null)
      turn.after.push({
        type: 'tell',
        keeper: connection,
        message: { type: 'stream:resend', payload: resend },
      });
    return;
  }
  turn.after.push({
    type: 'tell',
    keeper: room.keeper.connection,
    message: { type: 'stream:ack', payload: { epoch: durable.epoch, sequence: room.next - 1 } },
  });
}

/** S4: on any event that comes late after the oldest unstored frame. */
export function settleIfOld(turn: Turn): void {
  const { tail } = turn.room;
  if (tail !== null && turn.now - tail.since > ROOM_LIMITS.tailAge) settle(turn);
}
